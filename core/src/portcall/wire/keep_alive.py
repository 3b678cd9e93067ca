"""What a server says of how long a connection stays open (``Keep-Alive``, RFC 2068 §19.7.1.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs

_PARAMETER: Final = re.compile(r'(?:^|[,;\s])(timeout|max)\s*=\s*"?(\d{1,9})', re.IGNORECASE)
_MARGIN_S: Final = 1.0
"""Before the server's own time-out: its end of the connection is a while under way."""


@attrs.frozen
class KeepAlive:
    """How long, and for how many requests, a server keeps a connection.

    Args:
        idle_s: Seconds that the connection may wait for its next request; None if the server named none.
        requests: Requests that the connection may still carry; None if the server named no number.
    """

    idle_s: float | None = None
    requests: int | None = None


@lru_cache(maxsize=256)
def read_keep_alive(value: str) -> KeepAlive:
    """Read a ``Keep-Alive`` field, leaving out what is not a number of seconds or requests.

    Args:
        value: The field's value; several joined by commas. Of several numbers the smallest counts.

    Returns:
        The time with a margin of a second taken off, so that ``timeout=1`` is not a time at all.
    """
    said: dict[str, list[int]] = {"timeout": [], "max": []}
    for name, number in _PARAMETER.findall(value):
        said[name.lower()].append(int(number))
    idle_s = max(min(said["timeout"]) - _MARGIN_S, 0.0) if said["timeout"] else None
    return KeepAlive(idle_s, min(said["max"]) if said["max"] else None)
