"""The clock of the refresher."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Final

import attrs


@attrs.frozen
class Clock:
    """The clock of the refresher, which a test can replace.

    Args:
        now: The wall clock: an aware instant.
        monotonic: Seconds that only go forward.
        sleep: Waits for that many seconds.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep


CLOCK: Final = Clock()
