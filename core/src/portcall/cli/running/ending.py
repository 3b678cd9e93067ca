"""Why a run ends before its input does, and how everybody who works on it learns of that."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Final

import click

from portcall.cli.exits import Exit
from portcall.delivery import Delivery

INTERRUPTED: Final = "interrupted"
AUTHENTICATION: Final = "authentication"
NETWORK: Final = "network"
REJECTED: Final = "rejected"
BROKEN: Final = "broken"

SOON_S: Final = 0.5
"""A second signal within this time is the same wish: a wrapper has passed it on, a terminal has closed."""

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_SHOW_CURSOR: Final = "\x1b[?25h"


class Ending:
    """Set once, by whoever sees first that it is no use to go on.

    Attributes:
        why: One of the words above; empty while there is no reason.
        reason: The same for a person; or empty.
        error: What was raised, if something was.
        trouble: What keeps events from being delivered just now; empty if nothing does.
    """

    def __init__(self) -> None:
        self.trouble = ""
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
def interruptible(ending: Ending, break_off: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C, or a signal to terminate, end the run in good order; a second one breaks it off.

    A signal may come between any two steps of the main thread, even while that holds a lock. So nothing is
    done there: the system wakes a thread of its own for it.

    Args:
        ending: Of the run.
        break_off: Called at the second signal, before the process ends where it is; gives what to say.
    """
    if current_thread() is not main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    waker = Thread(
        target=_hear, args=(reader, ending, break_off), name="portcall-signals", daemon=True
    )
    waker.start()
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    heard = [n for n in _SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]  # nohup stays so
    before = {number: signal.signal(number, _heard_elsewhere) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        os.close(writer)
        waker.join()
        os.close(reader)


def _heard_elsewhere(_: int, __: FrameType | None) -> None:
    """Without a handler, the system would end the process."""


def _hear(reader: int, ending: Ending, break_off: Callable[[], str]) -> None:
    """Wait for signals, until the run is over."""
    first_at = None
    while number := os.read(reader, 1):
        if number[0] not in _SIGNALS:
            continue
        if first_at is None:
            first_at = monotonic()
            ending.end(INTERRUPTED)
            _say("\nFinishing what is under way; once more to break it off.")
        elif monotonic() - first_at >= SOON_S:
            said = "Broken off."
            with suppress(Exception):
                said = break_off()
            cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
            _say(f"{cursor}{said}").join(SOON_S)
            os._exit(Exit.INTERRUPTED)


def _say(text: str) -> Thread:
    """Write to stderr, which may be blocked by whoever reads it; nobody waits for that."""

    def write() -> None:
        with suppress(OSError, ValueError):
            click.echo(text, err=True)

    thread = Thread(target=write, name="portcall-says", daemon=True)
    thread.start()
    return thread
