"""How many calls under way are worth their while: as many as fit into the wait for one answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, thread_time
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch

SAMPLES: Final = 8
MOST: Final = 32
"""More in flight than this has to be asked for: few destinations like it."""

MOST_EVENTS: Final = 8_192
"""Of all calls together, as memory is what they cost."""


class Latency:
    """Measures the first calls, one after another, and then says how many workers there should be.

    One worker waits for nearly all of a call; others can use that time, until this process has no time left.

    Args:
        send: Makes a call.
        size: The most events of one.
    """

    def __init__(self, send: Callable[[Batch], Sequence[Outcome]], size: int) -> None:
        self.workers = 1
        self._send = send
        self._most = max(1, min(MOST, MOST_EVENTS // size))
        self._worth: list[float] = []

    def send(self, batch: Batch) -> Sequence[Outcome]:
        """Make a call, and measure it if it is one of the first."""
        if len(self._worth) >= SAMPLES:
            return self._send(batch)
        start, own = perf_counter(), thread_time()
        outcomes = self._send(batch)
        took_s, busy_s = perf_counter() - start, thread_time() - own
        self._worth.append(took_s / max(busy_s, 1e-6))
        if len(self._worth) == SAMPLES:
            self.workers = max(1, min(self._most, round(median(self._worth))))
        return outcomes
