"""The options of the commands that run: ``portcall send`` and ``portcall run``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import attrs
import click

from portcall.delivery import Order, Retry
from portcall.delivery.plan import MOST_WORKERS
from portcall.runs.inputs import FORMATS

_P = ParamSpec("_P")
_R = TypeVar("_R")

LONGEST_RETRY_S: Final = 86_400.0
_PAUSE_S: Final = 5.0
"""Tries are further apart than this, once there were a few."""


@attrs.frozen(kw_only=True)
class RunOptions:
    """What they say.

    Args:
        dry_run: Show requests, send nothing.
        explain: Show what becomes of one event.
        line: Which event that is; None for the first.
        format: Of the input; None to find out.
        workers: How many calls are under way at once; None for as many as the latency is worth.
        rate: The most events a second; None for no limit.
        retry_s: Seconds in which an event is tried again.
        max_rejected: So many rejected events end the run; None for no limit.
        folder: Where files go; None for beside the input.
        resume: Go on with an earlier run, or fail.
        restart: Forget an earlier run.
    """

    dry_run: bool = False
    explain: bool = False
    line: int | None = None
    format: str | None = None
    workers: int | None = None
    rate: float | None = None
    retry_s: float = 60.0
    max_rejected: int | None = None
    folder: str | None = None
    resume: bool = False
    restart: bool = False

    def to_order(self, order: Order) -> Order:
        """Return the order as these options have it."""
        attempts = Retry().attempts + int(self.retry_s / _PAUSE_S)
        retry = attrs.evolve(order.retry, timeout_s=self.retry_s, attempts=attempts)
        return attrs.evolve(order, workers=self.workers or order.workers, retry=retry)


def running(function: Callable[_P, _R]) -> Callable[..., _R]:
    """Take the options below, and pass them on as one ``running``.

    Raises:
        UsageError: Two of them contradict each other.
    """

    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> _R:
        names = [each.name for each in attrs.fields(RunOptions)]
        given = RunOptions(**{name: kwargs.pop(name) for name in names})
        if given.resume and given.restart:
            raise click.UsageError("--resume goes on, and --restart begins anew: give one of them")
        if given.line is not None and not given.explain:
            raise click.UsageError("--line says which event to --explain")
        return function(*args, running=given, **kwargs)  # type: ignore[arg-type]

    taken: Callable[..., Any] = command
    for option in reversed(_OPTIONS):
        taken = option(taken)
    return taken


_OPTIONS: Final = (
    click.option(
        "--dry-run", is_flag=True, help="Show the first requests, redacted; send nothing."
    ),
    click.option(
        "--explain",
        is_flag=True,
        help="Show what becomes of one event, and why: subscription, fields, request; send nothing.",
    ),
    click.option(
        "--line", metavar="N", type=click.IntRange(1), help="Which event to explain (the first)."
    ),
    click.option(
        "--format",
        type=click.Choice(FORMATS),
        help="Of the events (by the file's name, or by its first byte); gzip is seen by itself.",
    ),
    click.option(
        "--workers",
        metavar="N",
        type=click.IntRange(1, MOST_WORKERS),
        help="How many calls are under way at once (as many as the latency is worth).",
    ),
    click.option(
        "--rate",
        metavar="N",
        type=click.FloatRange(0, min_open=True),
        help="The most events a second (no limit).",
    ),
    click.option(
        "--retry-for",
        "retry_s",
        metavar="SECONDS",
        type=click.FloatRange(0, LONGEST_RETRY_S),
        default=60.0,
        help="How long an event is tried again that may be (60).",
    ),
    click.option(
        "--max-rejected",
        metavar="N",
        type=click.IntRange(1),
        help="Stop when so many events were rejected (no limit).",
    ),
    click.option(
        "--folder",
        metavar="FOLDER",
        type=click.Path(exists=True, file_okay=False),
        help="Where the journal goes, and events that are not delivered (beside FILE).",
    ),
    click.option(
        "--resume", is_flag=True, help="Go on with an earlier run; fail if there is none."
    ),
    click.option("--restart", is_flag=True, help="Forget an earlier run, and send everything."),
)
