"""The signature base string (RFC 5849 §3.4.1): what both sides compute of one request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlsplit

from portcall import Request, reveal

Pair: TypeAlias = tuple[str, str]
"""A name and a value, both encoded."""

FORM: Final = "application/x-www-form-urlencoded"
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]*")
_PLAIN: Final = re.compile(rb"[A-Za-z0-9._~-]*")
_PORTS: Final = {"http": ":80", "https": ":443"}


def encode(text: str) -> str:
    """Percent-encode all but the unreserved characters of RFC 3986 §2.3 (RFC 5849 §3.6)."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="~")


def base_string(request: Request, oauth: Mapping[str, str]) -> str:
    """Return the signature base string of a finished request.

    Args:
        request: Method, absolute URL, Content-Type and body as they go on the wire.
        oauth: The protocol parameters, without ``realm`` and ``oauth_signature``.
    """
    uri, query = split(request)
    pairs = [(encode(name), encode(value)) for name, value in oauth.items()]
    pairs += decode(query.encode())
    if is_form(request):
        pairs += decode(bytes(request.body or b""))
    return f"{request.method.upper()}&{encode(uri)}&{normalize(pairs)}"


def normalize(pairs: Iterable[Pair]) -> str:
    """Sort and join encoded pairs (RFC 5849 §3.4.1.3.2), and encode the whole (§3.4.1.1)."""
    # Of what has to be encoded, encoded pairs hold the percent sign only.
    return "%26".join(
        [f"{n.replace('%', '%25')}%3D{v.replace('%', '%25')}" for n, v in sorted(pairs)]
    )


def split(request: Request) -> Pair:
    """Return the base string URI (RFC 5849 §3.4.1.2), not yet encoded, and the query."""
    if request.target is not None:
        path, _, query = request.target.target.partition("?")
        return f"{request.target.scheme}://{request.target.authority}{path}", query
    parts = urlsplit(request.url)
    authority = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ""))
    return f"{parts.scheme}://{authority}{parts.path or '/'}", parts.query


def decode(data: bytes) -> Iterator[Pair]:
    """Read form-encoded bytes (RFC 5849 §3.4.1.3.1) and encode each name and value anew.

    Works on bytes, so that a charset other than UTF-8 comes through as it is.
    """
    for piece in data.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            yield _anew(name), _anew(value)


def is_form(request: Request) -> bool:
    """Return whether the body is a form, with a charset or without (RFC 5849 §3.4.1.3.1)."""
    kind = reveal(request.headers.get("content-type", ""))
    return kind.partition(";")[0].strip().lower() == FORM


def _anew(data: bytes) -> str:
    if _PLAIN.fullmatch(data):
        return data.decode("ascii")
    if b"%" in data or b"+" in data:
        data = unquote_to_bytes(data.replace(b"+", b" "))
    return quote_from_bytes(data, safe="~")
