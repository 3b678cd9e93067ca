"""Why a run ends before its input does, and the signal that tells all of its threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Final

from portcall.delivery.delivery import Delivery

INTERRUPTED: Final = "interrupted"
AUTHENTICATION: Final = "authentication"
NETWORK: Final = "network"
THROTTLED: Final = "throttled"
REJECTED: Final = "rejected"
BROKEN: Final = "broken"


class StopSignal:
    """The signal that a run is to end, and why; safe to use from every thread of the run.

    Attributes:
        why: One of the words above; empty while the run goes on.
        reason: The same for a person, redacted; may be empty.
        error: The exception that ended the run, if one did.
    """

    def __init__(self) -> None:
        self.why = ""
        self.reason = ""
        self.error: BaseException | None = None
        self._event: Final = Event()
        self._lock: Final = Lock()
        self._under_way: Final[set[Delivery]] = set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def end(self, why: str, reason: str = "", error: BaseException | None = None) -> None:
        """Stop every delivery of the run in good order; the first reason given is the one kept."""
        with self._lock:
            if not self.why:
                self.why, self.reason, self.error = why, reason, error
            self._event.set()
            for delivery in self._under_way:
                delivery.stop()

    def wait(self, seconds: float) -> None:
        """Wait for *seconds*, or until the run is to end."""
        self._event.wait(seconds)

    @contextmanager
    def watching(self, delivery: Delivery) -> Iterator[Delivery]:
        """Stop *delivery* when the run is to end, for as long as the block lasts."""
        with self._lock:
            self._under_way.add(delivery)
            if self:
                delivery.stop()
        try:
            yield delivery
        finally:
            with self._lock:
                self._under_way.discard(delivery)
