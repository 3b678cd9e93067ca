"""When to try again: full jitter, what the destination asks for, and an end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Final

import attrs

_MOST_DOUBLINGS: Final = 30


@attrs.frozen(kw_only=True)
class Retry:
    """How long and how often one event, or one batch, is tried.

    Args:
        timeout_s: Seconds from the first attempt on in which another may begin; 0 for one attempt.
        attempts: The most attempts.
        base_s: The longest pause before the second attempt; each further one may be twice as long.
        longest_s: The longest pause of all, unless the destination asks for more.
        now: The wall clock: an aware instant.
        monotonic: Seconds that only go forward.
        random: A number from 0 to 1.
        unclear: Also send again what may have been applied already, although the action must not be done
            twice: where the answer is 500, 502, 504 or the like, and where there is none. An event that
            was answered with success is never sent again.
        sleep: Waits for that many seconds; None to wait so that a delivery that is closed need not.
        waits_until: Until then, on the clock `monotonic`, an instant that the destination names is waited
            for, however much later than the end of ``timeout_s`` it is.
        until: Returns the instant, on the clock `monotonic`, from which on nothing is tried again, however
            little of its own time a call has had; asked before each pause.
    """

    timeout_s: float = 60.0
    attempts: int = 10
    base_s: float = 0.5
    longest_s: float = 20.0
    unclear: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random
    sleep: Callable[[float], object] | None = None
    waits_until: float = -inf
    until: Callable[[], float] = lambda: inf

    def pause_s(self, attempt: int, at: datetime | None) -> float:
        """Return the seconds to wait before another attempt.

        Args:
            attempt: How many there have been.
            at: What the destination asked to wait for.
        """
        doubled = self.base_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)
        longest: float = min(self.longest_s, doubled)
        jitter = self.random() * longest
        if at is None:
            return jitter
        # Not before it, and not all at once: other clients were told the same.
        return max((at - self.now()).total_seconds(), 0.0) + jitter

    def after(self, pause_s: float) -> datetime:
        """Return the instant that many seconds from now."""
        return self.now() + timedelta(seconds=pause_s)
