"""The callable that plugins and programs send requests with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypedDict, Unpack
from urllib.parse import urlencode

import attrs

from portcall.errors import RequestError
from portcall.model.http_request import Request, fold
from portcall.model.http_response import Response
from portcall.model.limits import NO_LIMITS, Limits
from portcall.model.opaque import EMPTY
from portcall.model.quick_init import maker
from portcall.redaction.exceptions import forget_frames
from portcall.requests.json_bodies import encode_json
from portcall.secret import Query, Text
from portcall.urls import HALF, PathValue, fill_path, half_character, values_of

__all__ = ["Client", "Send", "encode_form", "encode_json"]

Send: TypeAlias = Callable[[Request, bool], Response]
"""Sends one request; the flag says if an answer that is no success is raised."""

_request: Final = maker(Request)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_JSON: Final = {"content-type": "application/json"}
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


class ClientOptions(TypedDict, total=False):
    """What every method of `Client` takes besides the URL; see `Client.__call__`."""

    headers: Mapping[str, Text]
    query: Mapping[str, Query]
    json: Any
    form: Mapping[str, Query | None] | None
    body: bytes | str | None
    timeout_s: float | None
    limits: Limits | None
    idempotent: bool | None
    raise_for_status: bool
    path: Mapping[str, PathValue] | None


class Client:
    """Sends requests as one connection, or without credentials inside the hooks that fetch them.

    Made by `Connection.client`, and given to hooks and actions.

    Relative URLs continue the base URL of the layers. What is set here is the strongest:
    no layer changes it.
    """

    __slots__ = ("_idempotent", "_send")

    def __init__(self, send: Send, *, idempotent: bool = False) -> None:
        self._send = send
        self._idempotent = idempotent

    def __call__(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, Text] = EMPTY,
        query: Mapping[str, Query] = EMPTY,
        json: Any = None,
        form: Mapping[str, Query | None] | None = None,
        body: bytes | str | None = None,
        timeout_s: float | None = None,
        limits: Limits | None = None,
        idempotent: bool | None = None,
        raise_for_status: bool = True,
        path: Mapping[str, PathValue] | None = None,
    ) -> Response:
        """Send one request and return its answer.

        Args:
            url: Relative (``"/track"``) or absolute; its host must be one the plugin declared. Its path may
                have names in braces: ``"/channels/{channel}/messages"``.
            method: HTTP method, any case.
            headers: Header fields; a `Secret` is written out only on the wire.
            query: Parameters to add to the URL's own.
            json: Sent as JSON (RFC 8259) with its Content-Type, if not None.
            form: Sent as ``application/x-www-form-urlencoded``; None values are left out.
            body: Sent as it is; text as UTF-8.
            timeout_s: Seconds for the whole request, from name lookup to last byte.
            limits: Deadline and caps for this request.
            idempotent: Sending the request twice does no harm; None for what the method, or the action
                that sends it, says.
            raise_for_status: Raise for an answer that is not a success.
            path: Values for the names in the URL's path, each percent-encoded, so that none leads
                elsewhere. Where it is given, ``{{`` and ``}}`` in the URL stand for braces.

        Returns:
            The answer, its body read and decoded.

        Raises:
            RequestError: The request cannot be built from these arguments.
            HookError: The names in the path and those of ``path`` differ.
            SettingsError: A value of ``path`` is empty, or would lead elsewhere; names the place.
            PolicyError: The URL leads to a host that the plugin did not declare.
            TransportError: No usable answer came.
            AuthenticationError: The credentials were refused, also after one renewal.
            ThrottledError, UnavailableError, ResponseError: The answer is not a success.
        """
        content = None
        try:
            implied, content = _content(json, form, body)
            request = _request(
                method=method.upper(),
                url=fill_path(url, path) if path is not None or "{" in url else url,
                headers={**implied, **fold(headers)} if implied else fold(headers),
                query=query,
                body=content,
                limits=NO_LIMITS
                if limits is None and timeout_s is None
                else _limits(limits, timeout_s),
                idempotent=self._idempotent or method.upper() in _SAFE
                if idempotent is None
                else idempotent,
            )
            return self._send(request, raise_for_status)
        except BaseException as exc:
            forget_frames(exc)
            raise
        finally:
            # A traceback of this frame must not show what the caller passed in.
            del url, headers, query, json, form, body, content, path

    def get(self, url: str, **options: Unpack[ClientOptions]) -> Response:
        """Send a GET; options as in `__call__`."""
        try:
            return self(url, method="GET", **options)
        finally:
            del options  # a traceback of this frame must not show them

    def post(self, url: str, **options: Unpack[ClientOptions]) -> Response:
        """Send a POST; options as in `__call__`."""
        try:
            return self(url, method="POST", **options)
        finally:
            del options  # a traceback of this frame must not show them

    def put(self, url: str, **options: Unpack[ClientOptions]) -> Response:
        """Send a PUT; options as in `__call__`."""
        try:
            return self(url, method="PUT", **options)
        finally:
            del options  # a traceback of this frame must not show them

    def patch(self, url: str, **options: Unpack[ClientOptions]) -> Response:
        """Send a PATCH; options as in `__call__`."""
        try:
            return self(url, method="PATCH", **options)
        finally:
            del options  # a traceback of this frame must not show them

    def delete(self, url: str, **options: Unpack[ClientOptions]) -> Response:
        """Send a DELETE; options as in `__call__`."""
        try:
            return self(url, method="DELETE", **options)
        finally:
            del options  # a traceback of this frame must not show them


def _limits(limits: Limits | None, timeout_s: float | None) -> Limits:
    limits = limits or NO_LIMITS
    return limits if timeout_s is None else attrs.evolve(limits, timeout_s=timeout_s)


def _content(
    json: Any, form: Mapping[str, Query | None] | None, body: bytes | str | None
) -> tuple[Mapping[str, str], bytes | None]:
    """Return the header fields that a body brings, weaker than any that are given, and its bytes."""
    if (json is not None) + (form is not None) + (body is not None) > 1:
        raise RequestError("a request has one body: give one of json=, form= and body=")
    if json is not None:
        return _JSON, encode_json(json)
    if form is not None:
        return _FORM, encode_form(form)
    return EMPTY, _encode_text(body) if isinstance(body, str) else body


def _encode_text(body: str) -> bytes:
    try:
        return body.encode()
    except UnicodeEncodeError:
        pass  # raised below, as the error of the encoder carries the body
    raise RequestError(f"nothing was sent: the body {HALF}")


def encode_form(form: Mapping[str, Query | None]) -> bytes:
    """Write *form* as ``application/x-www-form-urlencoded`` in UTF-8, leaving out None.

    Raises:
        RequestError: A name or value holds half a character, a lone surrogate; names the field.
    """
    pairs = [
        (name, v) for name, given in form.items() if given is not None for v in values_of(given)
    ]
    try:
        return urlencode(pairs).encode("ascii")
    except UnicodeEncodeError:
        pass  # raised below, as the error of the encoder carries the value
    raise RequestError(f"nothing was sent: {half_character('form field', form)}")
