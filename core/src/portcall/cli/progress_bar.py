"""How far a run is: a bar on a terminal, one line every ten seconds elsewhere, always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any, Final, TypeAlias

import click

from portcall.runs.counts import Counts, together

Tick: TypeAlias = Callable[[], None]

EVERY_S: Final = 10.0
FRAME_S: Final = 0.2


def summary(tally: Counts) -> str:
    """Return the counts in one line: ``1,200 delivered, 3 rejected, 250/s``."""
    counts = [f"{count:,} {kind}" for kind, count in list(tally.counts.items()) if count]
    return ", ".join([*(counts or ["0 delivered"]), f"{tally.rate:,.0f}/s"])


@contextmanager
def progress(
    name: str,
    tallies: Sequence[Counts],
    total: int | None = None,
    position: Callable[[], int] = lambda: 0,
    trouble: Callable[[], str] = lambda: "",
) -> Iterator[None]:
    """Show progress until the block ends.

    Args:
        name: What is under way.
        tallies: What became of the events; somebody else counts.
        total: What *position* ends at; None if nobody knows.
        position: How far the input is read.
        trouble: Why nothing moves just now; empty if something does.
    """

    def said() -> str:
        counts, why = summary(together(tallies)), trouble()
        return f"{counts}; {why}" if why else counts

    if sys.stderr.isatty():
        with _bar(name, said, total, position) as tick, _ticking(tick, FRAME_S):
            yield
    else:
        start = monotonic()

        def tick() -> None:
            click.echo(line(monotonic() - start, said(), total, position()), err=True)

        with _ticking(tick, EVERY_S):
            yield


def line(took_s: float, said: str, total: int | None, position: int) -> str:
    """Say how far it is, without a terminal: ``10 s (25 s left): 2,000 delivered, 200/s``."""
    # What was read is not what was delivered: at the end of the input there is no telling.
    left_s = (total - position) * took_s / position if total and position else 0.0
    left = f" ({left_s:.0f} s left)" if left_s > 0 else ""
    return f"{took_s:.0f} s{left}: {said}"


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
def _bar(
    name: str, said: Callable[[], str], total: int | None, position: Callable[[], int]
) -> Iterator[Tick]:
    from rich import progress as rich  # noqa: PLC0415  # 40 ms that only a terminal is worth
    from rich.console import Console  # noqa: PLC0415

    columns: list[Any] = [
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[said]}"),
        rich.TimeElapsedColumn(),
        *([rich.TimeRemainingColumn()] if total else []),
    ]
    with rich.Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task(name, total=total, said="")

        def tick() -> None:
            done = position() if total is not None else None
            bar.update(task, completed=done, said=said(), refresh=True)

        yield tick
        tick()
