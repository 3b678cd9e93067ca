"""What is said of a request: names and values of OpenTelemetry's HTTP conventions, none secret."""

from __future__ import annotations

from typing import Final, TypeAlias

from portcall import Request, Response

Attributes: TypeAlias = dict[str, str | int]
"""What is said, by the conventions' names."""

METHOD: Final = "http.request.method"
STATUS: Final = "http.response.status_code"
ERROR: Final = "error.type"
REQUEST_SIZE: Final = "http.request.body.size"
RESPONSE_SIZE: Final = "http.response.body.size"
ADDRESS: Final = "server.address"
PORT: Final = "server.port"

_OTHER: Final = "_OTHER"
_KNOWN: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)


def of_request(request: Request) -> Attributes:
    """Return method, and host and port once the policy has parsed the URL.

    A method that HTTP does not know is ``_OTHER``: the number of methods stays small.
    """
    said: Attributes = {METHOD: request.method if request.method in _KNOWN else _OTHER}
    if request.target is not None:
        said[ADDRESS], said[PORT] = request.target.host, request.target.port
    return said


def of_response(response: Response) -> Attributes:
    """Return the status; 4xx and 5xx are errors of a client span, their type is the status."""
    if response.status < 400:
        return {STATUS: response.status}
    return {STATUS: response.status, ERROR: str(response.status)}


def of_error(error: BaseException) -> Attributes:
    """Return the name of the error's class; its message stays where it is."""
    return {ERROR: type(error).__name__}


def span_name(said: Attributes) -> str:
    """Name a span by its method alone: paths hold account names and worse."""
    method = str(said[METHOD])
    return "HTTP" if method == _OTHER else method


def size_sent(request: Request) -> Attributes:
    """Return the bytes of the body; nothing if there is no body."""
    return {} if request.body is None else {REQUEST_SIZE: len(request.body)}


def size_received(response: Response) -> Attributes:
    """Return the bytes of the body as they travelled; nothing if that is not known."""
    if "content-encoding" not in response.headers and response.unreadable is None:
        return {RESPONSE_SIZE: len(response.body)}
    length = response.headers.get("content-length", "")
    plain = length.isascii() and length.isdigit() and len(length) < 16
    return {RESPONSE_SIZE: int(length)} if plain else {}
