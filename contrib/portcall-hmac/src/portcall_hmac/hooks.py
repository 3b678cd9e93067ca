"""What a destination declares of its signatures, and the hook it declares it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar, get_args

import attrs

from portcall import Hookimpl, Request, Secret, hookspec

Algorithm: TypeAlias = Literal["md5", "sha1", "sha256", "sha384", "sha512"]
Encoding: TypeAlias = Literal["hex", "base64", "base64url", "base64-of-hex"]
Timestamp: TypeAlias = Literal["unix", "unix-ms", "iso", "http"]


def _one_of(words: Any) -> Any:
    return attrs.validators.in_(get_args(words))


@attrs.frozen(kw_only=True)
class Canonical:
    """A canonical string, as its API's documentation writes it, and what becomes of it.

    Templates hold names in braces: ``{method}``, ``{url}``, ``{host}``, ``{target}`` (path and query,
    with the parameters of ``query`` that are not the signature), ``{path}``, ``{query}``,
    ``{sorted_query}``, ``{body}``, ``{digest}`` (hash of the body), ``{timestamp}``, ``{nonce}``, ``{key}``,
    ``{header.x-name}``, and what ``values`` names; ``{{`` is a brace.

    Args:
        text: Template of what is signed: ``"{header.webhook-id}.{timestamp}.{body}"``.
        key: The shared secret; bytes where it is not UTF-8 text, say base64 decoded.
        headers: Templates of the headers to send by name, with ``{signature}``.
        query: Templates of the query parameters to send by name, added in this order.
        algorithm: Hash of the HMAC (RFC 2104).
        keyed: False for APIs that hash the text without HMAC; then it holds the ``{key}``.
        encoding: How the signature is written; ``base64-of-hex`` encodes twice, ``base64url`` has no padding.
        timestamp: Seconds or milliseconds since 1970, ``2014-03-20T12:51:45Z``, or as in ``Date``.
        nonce_bytes: Random bytes of ``{nonce}``, which has twice as many hexadecimal digits.
        digest_algorithm: Hash of ``{digest}``.
        digest_encoding: How ``{digest}`` is written.
        values: More names for the templates: ``{"username": settings.username}``.
    """

    text: str
    key: Secret | bytes = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    query: Mapping[str, str] = attrs.field(factory=dict)
    algorithm: Algorithm = attrs.field(default="sha256", validator=_one_of(Algorithm))
    keyed: bool = True
    encoding: Encoding = attrs.field(default="hex", validator=_one_of(Encoding))
    timestamp: Timestamp = attrs.field(default="unix", validator=_one_of(Timestamp))
    nonce_bytes: int = attrs.field(default=16, validator=attrs.validators.in_(range(8, 65)))
    digest_algorithm: Algorithm = attrs.field(default="sha256", validator=_one_of(Algorithm))
    digest_encoding: Encoding = attrs.field(default="hex", validator=_one_of(Encoding))
    values: Mapping[str, str | Secret] = attrs.field(factory=dict, repr=False)


@hookspec(firstresult=True)
def canonical_request(request: Request, settings: Any) -> Canonical | None:
    """Declare what is signed of a request, how, and where the signature goes.

    Combination: the strongest answer; without an answer, requests are not signed.

    Args:
        request: The finished request.
        settings: What the customer filled in.

    Returns:
        The canonical string, or None to send this request unsigned.

    Example::

        @hookimpl
        def canonical_request(settings: Settings) -> Canonical:
            return Canonical(
                text="{timestamp}.{method}.{target}.{body}",
                key=settings.signing_key,
                headers={"X-Timestamp": "{timestamp}", "X-Signature": "sha256={signature}"},
            )
    """


class _OfNothing(Protocol):
    def __call__(self) -> Canonical | None: ...


class _OfRequest(Protocol):
    def __call__(self, *, request: Request) -> Canonical | None: ...


class _OfSettings(Protocol):
    def __call__(self, *, settings: Any) -> Canonical | None: ...


class _OfBoth(Protocol):
    def __call__(self, *, request: Request, settings: Any) -> Canonical | None: ...


_CanonicalRequest = TypeVar(
    "_CanonicalRequest", bound=_OfNothing | _OfRequest | _OfSettings | _OfBoth
)


class HmacHookimpl(Hookimpl):
    """Marks hookimpls like portcall's own, and compares those of the scheme's hook too."""

    def canonical_request(self, function: _CanonicalRequest, /) -> _CanonicalRequest:
        """Mark the answer to the hook of this name."""
        return self.answering("canonical_request", function)


hookimpl: Final = HmacHookimpl()
