"""The deadline and caps that hold for one exchange, with every gap filled."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import Final

import attrs

from portcall.errors import SettingsError
from portcall.model.limits import Limits


@attrs.frozen
class Caps:
    """`Limits` without "no opinion".

    Args:
        timeout_s: Seconds for the whole request.
        connect_timeout_s: Seconds of these for name lookup, connect and TLS.
        body: Decoded bytes of a body.
        fields: Header fields.
        head: Bytes of a head.
    """

    timeout_s: float = 30.0
    connect_timeout_s: float = 5.0
    body: int = 8 * 1024 * 1024
    fields: int = 100
    head: int = 64 * 1024

    def over(self, limits: Limits) -> Caps:
        """Return the caps that *limits* asks for, with these where it has no opinion.

        Raises:
            SettingsError: A limit is not a finite number of zero or more.
        """
        given = (
            limits.timeout_s,
            limits.connect_timeout_s,
            limits.max_body_bytes,
            limits.max_headers,
            limits.max_head_bytes,
        )
        if given == _SILENT:
            return self
        if not all(value is None or 0 <= value < inf for value in given):
            raise SettingsError("limits are finite numbers of zero or more")
        timeout_s, connect_s, body, fields, head = given
        return Caps(
            self.timeout_s if timeout_s is None else timeout_s,
            self.connect_timeout_s if connect_s is None else connect_s,
            self.body if body is None else body,
            self.fields if fields is None else fields,
            self.head if head is None else head,
        )


def left(ends_at: float) -> float:
    """Return the seconds until *ends_at* (of `time.monotonic`), to set on a socket.

    Raises:
        TimeoutError: None are left.
    """
    seconds = ends_at - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


_SILENT: Final = (None,) * 5
