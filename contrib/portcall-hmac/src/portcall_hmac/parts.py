"""The parts of a request that a template can name, each worked out when it is named."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import new
from string import Formatter
from typing import Final, TypeAlias

from portcall import HookError, Request, RequestError, Secret, reveal, with_query
from portcall_hmac.hooks import Canonical

Parts: TypeAlias = Mapping[str, Callable[[], bytes]]

_FORMATTER: Final = Formatter()
_HEADER: Final = "header."
_LEFT_TO_THE_WIRE: Final = "host"


def parts_of(request: Request, canonical: Canonical, now: datetime, nonce: str) -> Parts:
    """Return what stands for each name in the templates of one signature.

    Args:
        request: The finished request, its ``target`` set.
        canonical: What the destination declared.
        now: Aware instant; all templates see the same.
        nonce: Likewise.

    Raises:
        RequestError: No policy has parsed the request's URL.
    """
    url = request.target
    if url is None:
        raise RequestError("a request is signed after its URL is parsed: its target is missing")
    body = request.body or b""
    parts: dict[str, Callable[[], bytes]] = {
        "method": request.method.encode,
        "host": url.authority.encode,
        "body": lambda: body,
        "digest": lambda: encoded(
            new(canonical.digest_algorithm, body).digest(), canonical.digest_encoding
        ).encode(),
        "timestamp": lambda: timestamp(now, canonical.timestamp).encode(),
        "nonce": nonce.encode,
        "key": lambda: key_of(canonical),
    }
    parts |= {f"{_HEADER}{name}": _bytes_of(value) for name, value in request.headers.items()}
    parts[f"{_HEADER}{_LEFT_TO_THE_WIRE}"] = parts["host"]
    parts |= {name: _bytes_of(value) for name, value in canonical.values.items()}
    goal = with_query(url.target, _unsigned_query(canonical, parts))
    path, _, query = goal.partition("?")
    return parts | {
        "target": goal.encode,
        "path": path.encode,
        "query": query.encode,
        "sorted_query": "&".join(sorted(filter(None, query.split("&")))).encode,
        "url": f"{url.scheme}://{url.authority}{goal}".encode,
    }


def filled(template: str, parts: Parts) -> bytes:
    """Write a template out.

    Raises:
        HookError: It names something that there is not.
        RequestError: It names a header that the request does not have.
    """
    return b"".join(_pieces(template, parts))


def encoded(value: bytes, encoding: str) -> str:
    """Write bytes in one of the encodings of `Canonical`."""
    if encoding == "hex":
        return value.hex()
    if encoding == "base64url":
        return urlsafe_b64encode(value).decode().rstrip("=")
    return b64encode(value.hex().encode() if encoding == "base64-of-hex" else value).decode()


def timestamp(now: datetime, form: str) -> str:
    """Write an instant in one of the forms of `Canonical`."""
    utc = now.astimezone(UTC)
    if form == "iso":
        return f"{utc:%Y-%m-%dT%H:%M:%SZ}"
    if form == "http":
        return format_datetime(utc, usegmt=True)
    return f"{int(utc.timestamp() * (1000 if form == 'unix-ms' else 1))}"


def key_of(canonical: Canonical) -> bytes:
    """Return the shared secret as bytes."""
    return canonical.key.reveal().encode() if isinstance(canonical.key, Secret) else canonical.key


def _unsigned_query(canonical: Canonical, parts: Parts) -> dict[str, str]:
    """The parameters that are sent with the signature and signed by it."""
    return {
        name: filled(template, parts).decode("utf-8", "replace")
        for name, template in canonical.query.items()
        if "{signature}" not in template
    }


def _pieces(template: str, parts: Parts) -> Iterator[bytes]:
    for literal, name, _, _ in _FORMATTER.parse(template):
        yield literal.encode()
        if name is not None:
            yield _part(name, parts)


def _part(name: str, parts: Parts) -> bytes:
    if name.startswith(_HEADER):
        name = name.lower()
        if name not in parts:
            raise RequestError(
                f"header {name.removeprefix(_HEADER)!r} is signed, and this request has none"
            )
    if name not in parts:
        known = [part for part in parts if not part.startswith(_HEADER)]
        raise HookError(
            f"canonical_request: there is no {{{name}}} here; there are {', '.join(known)} and "
            "header.NAME"
        )
    return parts[name]()


def _bytes_of(value: str | Secret) -> Callable[[], bytes]:
    return lambda: reveal(value).strip(" \t").encode("utf-8", "replace")
