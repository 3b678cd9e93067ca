"""Why a run ends before its input does, and how everybody who works on it learns of that."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread, current_thread, main_thread
from types import FrameType
from typing import Final

import click

from portcall.delivery import Delivery

INTERRUPTED: Final = "interrupted"
AUTHENTICATION: Final = "authentication"
NETWORK: Final = "network"
BROKEN: Final = "broken"

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Ending:
    """Set once, by whoever sees first that it is no use to go on.

    Attributes:
        why: One of the words above; empty while there is no reason.
        reason: The same for a person, redacted; or empty.
        error: What was raised, if something was.
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
        """Let everybody finish what they are at."""
        with self._lock:
            if not self.why:
                self.why, self.reason, self.error = why, reason, error
            self._event.set()
            for delivery in self._under_way:
                delivery.stop()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until the end."""
        self._event.wait(seconds)

    @contextmanager
    def watching(self, delivery: Delivery) -> Iterator[Delivery]:
        """Stop a delivery, too, when the end comes."""
        with self._lock:
            self._under_way.add(delivery)
            if self:
                delivery.stop()
        try:
            yield delivery
        finally:
            with self._lock:
                self._under_way.discard(delivery)


@contextmanager
def interruptible(ending: Ending) -> Iterator[None]:
    """Let the first Ctrl-C, or signal to terminate, end the run in good order; the second one breaks it off.

    A handler may come between any two steps of the main thread, even while that holds a lock: so it takes
    none, and a thread that the system wakes does the rest.
    """
    if current_thread() is not main_thread():
        yield
        return
    seen: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    waker = Thread(target=_hear, args=(reader, ending), name="portcall-signals", daemon=True)
    waker.start()
    heard = [n for n in _SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]  # nohup stays so
    before = {number: signal.signal(number, handle) for number in heard}
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)
        waker.join()
        os.close(reader)


def _hear(reader: int, ending: Ending) -> None:
    """Wait for a signal, or for the end of the run."""
    if os.read(reader, 1):
        with suppress(OSError, ValueError):
            click.echo("\nFinishing what is under way; once more to break it off.", err=True)
            sys.stderr.flush()
        ending.end(INTERRUPTED)
        while os.read(reader, 1):
            pass
