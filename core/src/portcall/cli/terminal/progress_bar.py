"""How far a run is: a bar on a terminal, one line every ten seconds elsewhere, always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, Final, TypeAlias

import click

from portcall.runs.progress import Progress

Tick: TypeAlias = Callable[[], None]

EVERY_S: Final = 10.0
FRAME_S: Final = 0.2
NARROW: Final = 70
"""Columns below which a terminal shows the counts and the time, and no bar."""


@contextmanager
def progress_bar(name: str, look: Callable[[], Progress]) -> Iterator[None]:
    """Show progress until the block ends.

    Args:
        name: What is under way.
        look: Returns how far it is now.
    """
    if sys.stderr.isatty():
        with _bar(name, look) as tick, _ticking(tick, FRAME_S):
            yield
    else:
        with _ticking(lambda: click.echo(progress_line(look()), err=True), EVERY_S):
            yield


def progress_line(progress: Progress) -> str:
    """Return the progress as a line, without a terminal: ``10 s (25 s left): 2,000 delivered, 200/s``."""
    left_s = progress.time_left_s
    left = f" ({left_s:.0f} s left)" if left_s else ""
    return f"{progress.took_s:.0f} s{left}: {summary(progress)}"


def summary(progress: Progress) -> str:
    """Return the counts in one line, and what keeps events waiting: ``1,200 delivered, 250/s``."""
    counts = {
        "delivered": progress.delivered,
        "skipped": progress.skipped,
        "rejected": progress.rejected,
        "uncertain": progress.uncertain,
        "to be sent again": progress.to_retry,
    }
    said = [f"{count:,} {word}" for word, count in counts.items() if count] or ["0 delivered"]
    text = ", ".join([*said, f"{progress.rate:,.0f}/s"])
    if progress.following:
        text = f"{text}; following {progress.following}"
    return f"{text}; {progress.trouble}" if progress.trouble else text


@contextmanager
def _ticking(tick: Tick, seconds: float) -> Iterator[None]:
    """Call *tick* again and again in a thread of its own: events cost nothing more for it."""
    over = Event()

    def work() -> None:
        while not over.wait(seconds):
            tick()

    thread = Thread(target=work, name="portcall-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _bar(name: str, look: Callable[[], Progress]) -> Iterator[Tick]:
    from rich import progress as rich  # noqa: PLC0415  # 40 ms that only a terminal is worth
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    columns: list[Any] = [rich.TextColumn("{task.fields[said]}"), rich.TimeElapsedColumn()]
    # The counts are what a person waits for: where the line is short, they have it to themselves.
    if console.width >= NARROW:
        columns = [rich.TextColumn("{task.description}"), rich.BarColumn(), *columns]
        columns.append(rich.TextColumn("{task.fields[left]}"))
    with rich.Progress(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task(name, total=None, said="", left="")

        def tick() -> None:
            now = look()
            done = None if now.total_bytes is None else now.done_bytes
            bar.update(
                task,
                total=now.total_bytes,
                completed=done,
                said=summary(now),
                left=_clock(now.time_left_s),
                refresh=True,
            )

        yield tick
        tick()


def _clock(left_s: float | None) -> str:
    """Write how long it takes yet, as the elapsed time is written: ``0:01:25 left``."""
    if left_s is None:
        return ""
    minutes, seconds = divmod(round(left_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} left"
