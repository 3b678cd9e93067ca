"""Values that cross the plugin border: frozen, and none does I/O."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NoReturn, SupportsIndex, TypeVar

import attrs

from portcall.errors import MalformedResponseError, Sent, TransportError
from portcall.secret import Query, Secret, Text
from portcall.urls import Url

_T = TypeVar("_T")

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


def opaque(cls: type[_T]) -> type[_T]:
    """Keep what instances of an attrs class hold out of ``asdict`` and pickles.

    Headers, URLs and bodies carry credentials as plain text, so that only a repr would be too little.
    """

    def refuse(_self: object, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"a {cls.__name__} cannot be pickled: it may hold credentials")

    namespace: Any = cls
    namespace.__attrs_attrs__ = ()
    namespace.__reduce_ex__ = refuse
    namespace.__copy__ = lambda self: self
    namespace.__deepcopy__ = lambda self, _memo: self
    return cls


def fold(headers: Mapping[str, Text]) -> Mapping[str, Text]:
    """Return *headers* with lower-case names; of two spellings of one name the last stays."""
    return dict(zip(map(str.lower, headers), headers.values(), strict=True)) if headers else EMPTY


def _refuse(constant: str) -> Any:
    """NaN and Infinity are not JSON (RFC 8259 §6)."""
    raise ValueError(constant)


def _secret(value: Text | None) -> Secret | None:
    return value if value is None or isinstance(value, Secret) else Secret(value)


@attrs.frozen(kw_only=True)
class Limits:
    """How long and how much one request may take; None is "no opinion".

    Args:
        timeout_s: Seconds for the whole request, name lookup to last byte (default 30).
        connect_timeout_s: Seconds of these for name lookup, connect and TLS (default 5).
        max_body_bytes: Decoded bytes of an answer's body (default 8 MiB).
        max_headers: Header fields of an answer (default 100).
        max_head_bytes: Bytes of an answer's head (default 64 KiB).
        max_redirects: Redirects to follow for GET and HEAD, within the declared hosts (default 0).
    """

    timeout_s: float | None = None
    connect_timeout_s: float | None = None
    max_body_bytes: int | None = None
    max_headers: int | None = None
    max_head_bytes: int | None = None
    max_redirects: int | None = None


NO_LIMITS: Final = Limits()
"""No opinion on anything."""


@attrs.frozen(kw_only=True)
class ClientCertificate:
    """What to show a destination that asks for a client certificate (mutual TLS).

    Args:
        certificate: PEM text: the certificate, then its chain.
        private_key: PEM text of the unencrypted key.
    """

    certificate: str = attrs.field(repr=False)
    private_key: Secret = attrs.field(converter=Secret)


@attrs.frozen(kw_only=True, repr=False)
class Auth:
    """Credential state of one connection; replaced whole, never changed.

    Args:
        access_token: What goes onto requests: an OAuth 2.0 access token, OAuth 1.0a token or session.
        refresh_token: What new access tokens are had with (RFC 6749 §1.5).
        token_secret: The secret half of an OAuth 1.0a token (RFC 5849 §2.3).
        token_type: How the access token is used, lower case (RFC 6749 §7.1).
        expires_at: Aware instant at which the access token ends; None if the destination did not say.
        issued_at: Aware instant at which the access token came; with ``expires_at`` its lifetime.
        scopes: What was granted (RFC 6749 §3.3).
        client_id: The host's own name there; only in ``refresh_access_token`` and authorization.
        client_secret: The host's own secret there; likewise.
        state: More that a scheme or destination keeps with the credentials, by name; stored with them.
        live: What a scheme keeps in this process only (a nonce and its counter); never stored or compared.
    """

    access_token: Secret | None = attrs.field(default=None, converter=_secret)
    refresh_token: Secret | None = attrs.field(default=None, converter=_secret)
    token_secret: Secret | None = attrs.field(default=None, converter=_secret)
    token_type: str = "bearer"  # noqa: S105  # a word of RFC 6750, no secret
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    client_id: str | None = None
    client_secret: Secret | None = attrs.field(default=None, converter=_secret)
    state: Mapping[str, Text] = EMPTY
    live: object = attrs.field(default=None, eq=False)

    def __repr__(self) -> str:
        held = [f.name for f in attrs.fields(Auth) if getattr(self, f.name)]
        return f"Auth({', '.join(f'{name}=***' for name in held if name != 'token_type')})"


@opaque
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
        connection: Which connection sends it: an opaque, stable name for per-connection state of extras.
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
    limits: Limits = Limits()
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


class Headers(Mapping[str, str]):
    """Header fields of an answer: names in any case, repeated ones joined by ``", "``.

    Args:
        pairs: Names and values in the order they came.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of *name*, in order; for fields that must not be joined (Set-Cookie)."""
        return tuple(self._values.get(name.lower(), ()))

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


class Kind(Enum):
    """What an answer means for the connection."""

    OK = "ok"
    CHALLENGED = "challenged"
    THROTTLED = "throttled"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"


@attrs.frozen
class Verdict:
    """What an answer means: the answer of ``classify_response``.

    Args:
        kind: One of `Kind`.
        retry_at: Aware instant before which asking again is no use; None if nothing is known.
        reason: The destination's own word for it, for messages: ``"insufficient_scope"``.
        not_applied: Of `Kind.UNAVAILABLE`: the destination documents that it has not applied a request that
            it answers so. Without that word, 500, 502, 504 and the like leave it open, and only what may
            be applied twice is sent again.
    """

    kind: Kind
    retry_at: datetime | None = None
    reason: str = ""
    not_applied: bool = False


@opaque
@attrs.frozen(kw_only=True, repr=False)
class Response:
    """What came back.

    Args:
        status: Final status code; what the destination decided, also where the body cannot be read.
        headers: See `Headers`.
        body: Decoded bytes, whole.
        url: Where the answer came from, without its query.
        unreadable: What is wrong with the body, or with its end; None for a body that is whole.
    """

    status: int
    headers: Headers = attrs.field(factory=Headers)
    _body: bytes = attrs.field(default=b"", alias="body")
    url: str = ""
    unreadable: TransportError | None = None

    @property
    def body(self) -> bytes:
        """The decoded bytes, whole.

        Raises:
            TransportError: The body is cut off, above its cap, late, or not what the head says;
                carries ``status``. The request was applied or not as the status says.
        """
        error = self.unreadable
        if error is None:
            return self._body
        raise type(error)(str(error), error.sent, error.status)

    @property
    def text(self) -> str:
        """The body as text, in the charset of the Content-Type, UTF-8 if it names none.

        Raises:
            MalformedResponseError: The body is not in that charset, or the charset is unknown.
            TransportError: As for `body`.
        """
        body, charset = self.body, self.charset
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            message = f"{self.url}: the body is not valid {charset[:40]} text"
        raise MalformedResponseError(message, Sent.MAYBE, self.status)

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset parameter of the Content-Type, or ``utf-8``."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
        return "utf-8"

    def json(self) -> Any:
        """Read the body as JSON (RFC 8259), whatever the Content-Type says: many APIs say nothing true.

        A byte order mark is taken, as RFC 8259 §8.1 allows.

        Raises:
            MalformedResponseError: The body is empty or not JSON; names its Content-Type, and carries
                ``status``.
            TransportError: As for `body`.
        """
        body = self.body
        if not body.strip():
            problem = "an empty body where JSON is expected"
        else:
            try:
                text = body.decode(self.charset)
                return json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse)
            except (ValueError, LookupError, RecursionError):
                problem = f"{self.media_type[:80] or 'no content type'} and a body that is not JSON"
        if coding := self.headers.get("content-encoding"):
            problem = f"{problem} (Content-Encoding: {coding[:40]})"
        message = f"{self.url}: answered {self.status} with {problem}"
        raise MalformedResponseError(message, Sent.MAYBE, self.status)

    def __repr__(self) -> str:
        size = "unreadable" if self.unreadable else f"{len(self._body)} bytes"
        return f"<Response {self.status} {self.media_type or 'no type'} {size}>"


@attrs.frozen(kw_only=True)
class Authorization:
    """A page to send a person to, and what to remember until they come back.

    Args:
        url: Absolute URL of the destination's own page.
        pending: Small and serialisable; goes back into ``finish_authorization`` as it is.
    """

    url: str = attrs.field(repr=False)
    pending: Mapping[str, Text] = attrs.field(default=EMPTY, repr=False)
