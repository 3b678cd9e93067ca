"""What a request is, and what a layer wants of one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.model.http_response import Response
from portcall.model.limits import NO_LIMITS, Limits
from portcall.model.opaque import EMPTY, opaque
from portcall.model.quick_init import quick_init
from portcall.secret import Query, Secret, Text
from portcall.urls import Url

_lower: Final = str.lower


def fold(headers: Mapping[str, Text]) -> Mapping[str, Text]:
    """Return *headers* with lower-case names; of two spellings of one name the last stays."""
    if not headers:
        return EMPTY
    folded = {}
    for name in headers:
        folded[_lower(name)] = headers[name]
    return folded


@attrs.frozen(kw_only=True)
class ClientCertificate:
    """What to show a destination that asks for a client certificate (mutual TLS).

    Args:
        certificate: PEM text: the certificate, then its chain.
        private_key: PEM text of the unencrypted key.
    """

    certificate: str = attrs.field(repr=False)
    private_key: Secret = attrs.field(converter=Secret)


@opaque
@quick_init
@attrs.frozen(kw_only=True, repr=False)
class RequestOptions:
    """What one layer wants of a request; an unset key is "no opinion".

    Args:
        base_url: Absolute URL that relative request URLs continue; no query, no fragment.
        headers: Header fields; names in any case.
        query: Query parameters, added to those of the URL.
        username: User name for HTTP Basic (RFC 7617); goes with ``password``.
        password: Password for HTTP Basic.
        limits: Deadline and caps, per key.
        client_certificate: For mutual TLS.
    """

    base_url: str | None = None
    headers: Mapping[str, Text] = attrs.field(default=EMPTY, converter=fold)
    query: Mapping[str, Query] = EMPTY
    username: Text | None = None
    password: Text | None = None
    limits: Limits | None = None
    client_certificate: ClientCertificate | None = None

    def __repr__(self) -> str:
        asked = [f"{name}=***" for name in _OPTIONS if getattr(self, name) not in (None, EMPTY)]
        return f"RequestOptions({', '.join(asked)})"


_OPTIONS: Final = tuple(inspect.signature(RequestOptions).parameters)


@opaque
@quick_init
@attrs.frozen(kw_only=True, repr=False)
class Request:
    """One HTTP request, before or after the layers had their say.

    Args:
        method: Upper case.
        url: Relative to the base URL, or absolute; absolute with its whole query in ``sign_request``.
        headers: Header fields by lower-case name.
        query: Parameters that are not part of ``url`` yet; empty in ``sign_request`` and after.
        body: Bytes as they go on the wire; None for no body.
        limits: Deadline and caps that hold for this request.
        client_certificate: For mutual TLS.
        connection: Which connection sends it, for state that extras keep for each: the name of a stored
            connection, in every process; else a name of this process alone.
        idempotent: Applying it twice does no harm beyond applying it once (RFC 9110 §9.2.2).
        ends_at: When its time is over, all attempts and redirects together, on `time.monotonic`.
        target: ``url`` as the policy parsed and allowed it; the transport goes there and nowhere else.
        answers: What came back for it so far, oldest first; shared by all copies of one request.
    """

    method: str
    url: str
    headers: Mapping[str, Text] = attrs.field(default=EMPTY, converter=fold)
    query: Mapping[str, Query] = EMPTY
    body: bytes | None = None
    limits: Limits = NO_LIMITS
    client_certificate: ClientCertificate | None = None
    connection: str = ""
    idempotent: bool = False
    ends_at: float | None = attrs.field(default=None, eq=False)
    target: Url | None = attrs.field(default=None, eq=False)
    answers: list[Response] = attrs.field(factory=list, eq=False)

    def replace(self, **changes: Any) -> Request:
        """Return a copy in which *changes* take the place of what this one says."""
        own = {name: getattr(self, name) for name in _REQUEST_FIELDS}
        return Request(**{**own, **changes})

    def __repr__(self) -> str:
        authority = self.url.split("://", 1)[-1].partition("/")[0] if "://" in self.url else ""
        return f"<Request {self.method} {authority.rpartition('@')[2].partition('?')[0] or '(relative)'}>"


_REQUEST_FIELDS: Final = tuple(inspect.signature(Request).parameters)
