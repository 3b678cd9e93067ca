"""How long and how much one request may take."""

from __future__ import annotations

from typing import Final

import attrs


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
