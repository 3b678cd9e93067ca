"""Signing with a shared secret: HMAC (RFC 2104) over a canonical string that is declared, not coded."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime
from hashlib import new
from typing import Any

from portcall import HookError, HookRelay, Request, RequestOptions, Secret
from portcall_hmac.hooks import Canonical, canonical_request, hookimpl
from portcall_hmac.parts import encoded, filled, key_of, parts_of

__all__ = ["Canonical", "canonical_request", "hookimpl", "sign"]


@hookimpl
def sign_request(request: Request, settings: Any, hooks: HookRelay) -> RequestOptions | None:
    canonical = hooks.canonical_request(request=request, settings=settings)
    if canonical is None:
        return None
    if not isinstance(canonical, Canonical):
        raise HookError(
            f"canonical_request answered with {type(canonical).__name__}; it must be a Canonical "
            "or None"
        )
    return sign(request, canonical, now=now(), nonce=nonce(canonical.nonce_bytes))


def sign(
    request: Request, canonical: Canonical, *, now: datetime, nonce: str = ""
) -> RequestOptions:
    """Prove possession of the shared secret for one finished request.

    Args:
        request: As it goes on the wire, its ``target`` set.
        canonical: What is signed, and how.
        now: Aware instant, for ``{timestamp}``.
        nonce: For ``{nonce}``; never the same twice.

    Returns:
        The headers and query parameters that the canonical string's templates make.

    Raises:
        HookError: A template names what there is not.
        RequestError: A header that is signed is missing.

    Source: RFC 2104 §2.
    """
    parts = parts_of(request, canonical, now, nonce)
    text = filled(canonical.text, parts)
    proof = encoded(_hashed(text, canonical), canonical.encoding)
    known = {**parts, "signature": proof.encode}
    return RequestOptions(
        headers={n: Secret(_text(template, known)) for n, template in canonical.headers.items()},
        query={n: Secret(_text(template, known)) for n, template in canonical.query.items()},
    )


def now() -> datetime:
    """Return the time of signing; a test puts its own clock here."""
    return datetime.now(UTC)


def nonce(size_bytes: int) -> str:
    """Make a nonce; a test puts its own here."""
    return secrets.token_hex(size_bytes)


def _hashed(text: bytes, canonical: Canonical) -> bytes:
    if canonical.keyed:
        return hmac.digest(key_of(canonical), text, canonical.algorithm)
    return new(canonical.algorithm, text).digest()


def _text(template: str, parts: Any) -> str:
    return filled(template, parts).decode("utf-8", "replace")
