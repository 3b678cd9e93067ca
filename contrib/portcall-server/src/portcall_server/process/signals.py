"""What a supervisor tells a service: to end (SIGTERM, Ctrl-C), or to read its project again (SIGHUP)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Final, Literal, TypeAlias

Told: TypeAlias = Literal["end", "reload"]

_RELOAD: Final = getattr(signal, "SIGHUP", None)  # Windows has none


class Signals:
    """What was told and not seen to yet."""

    def __init__(self) -> None:
        self._told: Final[SimpleQueue[Told]] = SimpleQueue()
        self._is_ending = False

    def tell(self, what: Told) -> None:
        """Say what a signal would."""
        self._told.put(what)

    def wait(self, timeout_s: float | None = None) -> Told | None:
        """Wait for the next; None if none came in time."""
        try:
            return self._told.get(timeout=timeout_s)
        except Empty:
            return None

    def handle(self, number: int, _: object) -> None:
        """Take a signal; a second Ctrl-C interrupts at once."""
        if number == _RELOAD:
            self.tell("reload")
            return
        if self._is_ending and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._is_ending = True
        self.tell("end")


@contextmanager
def signals() -> Iterator[Signals]:
    """Yield what signals tell; only for the main thread."""
    told = Signals()
    numbers = [signal.SIGTERM, signal.SIGINT, *([_RELOAD] if _RELOAD is not None else [])]
    before = {each: signal.signal(each, told.handle) for each in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
