"""How far it is: a bar on a terminal, one line every ten seconds elsewhere, always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final, TypeAlias

import click

from portcall.cli.tally import Tally

Tick: TypeAlias = Callable[[Tally], None]

EVERY_S: Final = 10.0


def summary(tally: Tally) -> str:
    """Give the counts in one line."""
    return f"{tally.sent} sent, {tally.failed} failed, {tally.rate:.0f}/s"


@contextmanager
def progress(
    name: str, total: int | None = None, position: Callable[[], int] | None = None
) -> Iterator[Tick]:
    """Show progress until the block ends; call what it gives after every event.

    Args:
        name: What is under way.
        total: What *position* ends at; None if nobody knows.
        position: How far the input is read; the number of events if None.
    """
    where = position or (lambda: 0)
    if sys.stderr.isatty():
        with _bar(name, total, where) as tick:
            yield tick
    else:
        yield _every(EVERY_S)


def _every(seconds: float) -> Tick:
    start = last = monotonic()

    def tick(tally: Tally) -> None:
        nonlocal last
        now = monotonic()
        if now - last >= seconds:
            last = now
            click.echo(f"{now - start:.0f} s: {summary(tally)}", err=True)

    return tick


@contextmanager
def _bar(name: str, total: int | None, position: Callable[[], int]) -> Iterator[Tick]:
    from rich import progress as rich  # noqa: PLC0415  # 40 ms that only a terminal is worth
    from rich.console import Console  # noqa: PLC0415

    columns: list[Any] = [
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[said]}"),
        rich.TimeElapsedColumn(),
    ]
    with rich.Progress(*columns, console=Console(stderr=True), refresh_per_second=8) as bar:
        task = bar.add_task(name, total=total, said="")
        last = Tally()

        def tick(tally: Tally) -> None:
            nonlocal last
            last = tally
            done = position() if total is not None else 0
            bar.update(task, completed=done, said=summary(tally))

        yield tick
        bar.update(task, completed=total or 0, total=total or 1, said=summary(last))
