"""How a service is told to end: SIGTERM, or Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event


@contextmanager
def ending() -> Iterator[Event]:
    """Yield an event that SIGTERM or SIGINT sets; a second SIGINT interrupts at once.

    Only the main thread may ask for it.
    """
    ended = Event()

    def end(number: int, _: object) -> None:
        if ended.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        ended.set()

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
