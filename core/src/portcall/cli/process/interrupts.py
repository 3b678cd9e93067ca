"""Ctrl-C and termination signals: the first ends a run in good order, the second aborts it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Final

import click

from portcall.cli.exit_codes import Exit
from portcall.runs.run import Run

SOON_S: Final = 0.5
"""Seconds within which a second signal counts as the first: a wrapper passed it on, or a terminal closed."""

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
KEPT: Final = "Interrupted; what was read and not delivered is in the files of this run."
RESUMABLE: Final = (
    "Interrupted; what was under way may have been delivered or not. Run the same command again "
    "to go on."
)
_SHOW_CURSOR: Final = "\x1b[?25h"


@contextmanager
def interruptible(run: Run) -> Iterator[None]:
    """End the run in good order at Ctrl-C or a termination signal; abort it at the second one.

    A signal may come between any two steps of the main thread, even while the thread holds a lock. So the
    signal handler does nothing, and the system wakes a separate thread.

    Args:
        run: Stopped at the first signal; aborted at the second one, after which the process ends.
    """
    if current_thread() is not main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    waker = Thread(target=_hear, args=(reader, run), name="portcall-signals", daemon=True)
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
    """Do nothing: the handler keeps the system from ending the process."""


def _hear(reader: int, run: Run) -> None:
    """Wait for signals, until the run is over."""
    first_at = None
    while number := os.read(reader, 1):
        if number[0] not in _SIGNALS:
            continue
        if first_at is None:
            first_at = monotonic()
            run.stop()
            _say("\nFinishing the calls under way; repeat to stop at once.")
        elif monotonic() - first_at >= SOON_S:
            said = "Broken off."
            with suppress(Exception):
                said = KEPT if run.break_off() else RESUMABLE
            cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
            _say(f"{cursor}{said}").join(SOON_S)
            os._exit(Exit.INTERRUPTED)


def _say(text: str) -> Thread:
    """Write to stderr in a thread of its own, as its reader may block."""

    def write() -> None:
        with suppress(OSError, ValueError):
            click.echo(text, err=True)

    thread = Thread(target=write, name="portcall-says", daemon=True)
    thread.start()
    return thread
