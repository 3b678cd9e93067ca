"""The options of the commands that run: ``portcall send`` and ``portcall run``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import attrs
import click

from portcall.cli.flags.project_defaults import is_given
from portcall.delivery.worker_bound import MOST_WORKERS
from portcall.runs.inputs import FORMATS, is_url
from portcall.runs.ledger.durations import as_instant, duration_s
from portcall.runs.processes.count import MOST_PROCESSES
from portcall.runs.run_options import LONGEST_RETRY_S, RunOptions

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Input(click.Path):
    """A file, ``-``, or the URL of a database."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a URL as it is, and a path if there is such a file."""
        if is_url(str(value)):
            return value
        if ctx is not None and ctx.params.get("follow") and Path(value).parent.is_dir():
            return _UNBORN.convert(value, param, ctx)
        return super().convert(value, param, ctx)


class _Processes(click.IntRange):
    """A number, or ``auto``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; None for as many as is of use."""
        return None if value == "auto" else super().convert(value, param, ctx)


_UNBORN: Final = click.Path(dir_okay=False)
"""A file that is followed may be there only later."""

INPUT: Final = _Input(exists=True, dir_okay=False, allow_dash=True)


@attrs.frozen(kw_only=True)
class RunFlags:
    """What they say.

    Args:
        options: How the run goes.
        explain: Show what becomes of one event, and send nothing.
        line: The number of that event; None for the first.
        given: Names of options from the command line or the environment; others are from a project.
    """

    options: RunOptions
    explain: bool = False
    line: int | None = None
    given: frozenset[str] = frozenset()

    def under(self, **stronger: Any) -> RunFlags:
        """Return the same, where nothing was given with what *stronger* says; None says nothing."""
        said = {
            n: value for n, value in stronger.items() if value is not None and n not in self.given
        }
        return attrs.evolve(self, options=attrs.evolve(self.options, **said))


def running(function: Callable[_P, _R]) -> Callable[..., _R]:
    """Take the options below, and pass them on as one ``running``.

    Raises:
        UsageError: Two of them contradict each other.
    """

    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> _R:
        from portcall.runs.run_files import made_folder  # noqa: PLC0415  # not for --help

        names = [each.name for each in attrs.fields(RunOptions)]
        kwargs["window_s"] = duration_s(kwargs.pop("window"))
        kwargs["wait_s"] = _wait_s(kwargs.pop("wait_until"))
        kwargs["state"] = made_folder(kwargs["state"])
        given = RunOptions(**{name: kwargs.pop(name) for name in names})
        ctx = click.get_current_context()
        flags = RunFlags(
            options=given,
            explain=kwargs.pop("explain"),
            line=kwargs.pop("line"),
            given=frozenset(name for name in names if is_given(ctx, name)),
        )
        if given.until_end and not given.follow:
            raise click.UsageError("--until-end is for a file that is followed: give --follow, too")
        if given.resume and given.restart:
            raise click.UsageError("--resume and --restart exclude each other: give one of them")
        if flags.line is not None and not flags.explain:
            raise click.UsageError("--line says which event to --explain")
        return function(*args, running=flags, **kwargs)  # type: ignore[arg-type]

    taken: Callable[..., Any] = command
    for option in reversed(_OPTIONS):
        taken = option(taken)
    return taken


def _wait_s(text: str | None) -> float:
    """Return the seconds from now that ``--wait-until`` names, a day at most."""
    if text is None:
        return 0.0
    wait_s = (as_instant(text) - datetime.now(UTC)).total_seconds()
    if not 0 < wait_s <= LONGEST_RETRY_S + 1:
        raise click.UsageError("--wait-until is a time of the next 24 hours")
    return wait_s


_OPTIONS: Final = (
    click.option(
        "--dry-run", is_flag=True, help="Show the first requests, secrets masked; send nothing."
    ),
    click.option(
        "--explain",
        is_flag=True,
        help="Show what becomes of one event, and why: subscription, fields, request; send nothing.",
    ),
    click.option(
        "--line",
        metavar="N",
        type=click.IntRange(1),
        help="The number of the event to explain (the first).",
    ),
    click.option(
        "--format",
        type=click.Choice(FORMATS),
        help="Format of the events (told by the file's name or first byte); gzip is recognized.",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="Encoding of the text, such as windows-1252 (that of its byte order mark, or UTF-8).",
    ),
    click.option(
        "--query", metavar="SQL", help="For a database: one SELECT, whose rows are the events."
    ),
    click.option(
        "--query-key",
        metavar="COLUMN",
        help="A column of the query, unique and never null; a run resumes after its last value.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of an Excel workbook (the first)."),
    click.option(
        "--decimal",
        type=click.Choice((".", ",")),
        help="Decimal sign in columns of numbers (a point; also a comma if ; separates cells).",
    ),
    click.option(
        "--workers",
        metavar="N",
        type=click.IntRange(1, MOST_WORKERS),
        help="How many calls are in flight at once (chosen by the latency).",
    ),
    click.option(
        "--processes",
        metavar="N",
        type=_Processes(1, MOST_PROCESSES),
        default=1,
        help="How many processes make and send the requests: a number, or auto (1).",
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
        help="How long to retry an event that may be sent again (60).",
    ),
    click.option(
        "--retry-unclear",
        is_flag=True,
        help="Also retry events that may have arrived (500, 502, 504, no answer); some may arrive twice.",
    ),
    click.option(
        "--max-rejected",
        metavar="N",
        type=click.IntRange(1),
        help="Stop when this many events were rejected (no limit).",
    ),
    click.option(
        "--folder",
        metavar="FOLDER",
        type=click.Path(exists=True, file_okay=False),
        help="Folder of the journal, and of events that are not delivered (beside FILE).",
    ),
    click.option(
        "--max-age",
        "max_age_s",
        metavar="SECONDS",
        type=click.FloatRange(0, min_open=True),
        help="How long an event waits for others of its batch (from a pipe: 1).",
    ),
    click.option(
        "--follow",
        is_flag=True,
        is_eager=True,
        help="Send the lines of FILE as they are written, through rotations, until stopped.",
    ),
    click.option(
        "--until-end",
        is_flag=True,
        help="With --follow: stop when all present lines were sent, for a timer.",
    ),
    click.option(
        "--state",
        metavar="FOLDER",
        envvar="PORTCALL_STATE",
        type=click.Path(file_okay=False),
        help="Folder that remembers each delivered event; the run's files go there, too.",
    ),
    click.option(
        "--key", metavar="PATH", help="With --state: what identifies an event ($.messageId)."
    ),
    click.option(
        "--window",
        metavar="TIME",
        default="7d",
        help="With --state: how long events are remembered (7d).",
    ),
    click.option(
        "--wait-until",
        metavar="TIME",
        help="Wait if the destination says when to come back, at most until then: 2h, 2026-03-10T14:00Z.",
    ),
    click.option(
        "--resend-uncertain",
        is_flag=True,
        help="Send uncertain events again, if the action says that repeats are harmless.",
    ),
    click.option("--resume", is_flag=True, help="Resume an earlier run; fail if there is none."),
    click.option(
        "--restart",
        "--again",
        "restart",
        is_flag=True,
        help="Forget an earlier run, complete or not, and send everything.",
    ),
)
