"""The body of a call: decompressed within bounds, and read as JSON."""

from __future__ import annotations

import json
import zlib
from typing import Any, NoReturn

from portcall_server.ingest.limits import MOST_CALL_BYTES
from portcall_server.ingest.refusals import RefusedCallError, too_large

_GZIP = zlib.MAX_WBITS | 16


def read_body(body: bytes, encoding: str) -> tuple[dict[str, Any], int]:
    """Return what a body says, and how many bytes of JSON it is.

    Args:
        body: As it was sent.
        encoding: The field ``Content-Encoding``; empty if there is none.

    Raises:
        RefusedCallError: It is too large, in another encoding, or no JSON object.
    """
    coded = encoding.strip().lower()
    if coded in {"gzip", "x-gzip"}:
        body = _decompressed(body)
    elif coded not in {"", "identity"}:
        raise RefusedCallError(
            415,
            "unknown_encoding",
            "a body may be compressed with gzip alone",
            {"Accept-Encoding": "gzip"},
        )
    if len(body) > MOST_CALL_BYTES:
        raise too_large()
    try:
        data = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise RefusedCallError(400, "invalid_json", "the body is nested too deeply") from None
    except ValueError as exc:
        place = f" at byte {exc.pos}" if isinstance(exc, json.JSONDecodeError) else ""
        said = f"the body is not JSON in UTF-8{place}"
        raise RefusedCallError(400, "invalid_json", said) from None
    if not isinstance(data, dict):
        raise RefusedCallError(400, "invalid_json", "the body must be a JSON object")
    return data, len(body)


def _decompressed(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(body, MOST_CALL_BYTES + 1)
    except zlib.error:
        raise RefusedCallError(400, "invalid_gzip", "the body is not gzip") from None
    if len(unpacked) > MOST_CALL_BYTES:
        raise too_large()
    if not unpacking.eof:
        raise RefusedCallError(400, "invalid_gzip", "the body's gzip data ends too early")
    return unpacked


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON (RFC 8259 §6)
