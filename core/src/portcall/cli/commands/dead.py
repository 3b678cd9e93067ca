"""``portcall dead``: what was not delivered, by reason; send it again, or drop it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, action_argument, json_option, target_argument
from portcall.cli.state import State
from portcall.cli.terminal.output import table, write, write_json
from portcall.runs.dead_letters import KINDS
from portcall.runs.kept_events import (
    KeptEvent,
    Wanted,
    dead_letter_files,
    drop,
    grouped,
    kept_events,
    take_out,
)

HEADS: Final = ("events", "outcome", "field", "reason", "first")
_OVER: Final = frozenset({Exit.DONE, Exit.REFUSED})

_OPTIONS: Final = (
    click.option("--outcome", type=click.Choice(KINDS), help="Only those."),
    click.option(
        "--reason", metavar="TEXT", default="", help="Only those whose reason holds this."
    ),
    click.option("--field", metavar="NAME", default="", help="Only those refused for this field."),
    click.option("--subscription", metavar="NAME", default="", help="Only those for this one."),
)
_places: Final = click.argument(
    "places", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE|FOLDER]..."
)


def _choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group("dead")
def command() -> None:
    """Look at the events that runs have not delivered, send them again, or drop them."""


@command.command("list", cls=Command, short_help="Count them by outcome, field and reason.")
@_places
@_choosing
@json_option
@click.pass_obj
def list_(state: State, /, places: Sequence[Path], *, as_json: bool, **chosen: str | None) -> None:
    """Count the events in files of dead letters, those of the current folder if none is named."""
    groups = grouped(kept_events(_files(places), _wanted(chosen)))
    if as_json:
        rows = [
            {
                "outcome": group.outcome,
                "field": group.field or None,
                "reason": group.reason,
                "count": group.count,
                "first": [{"file": str(path), "line": line} for path, line in group.places],
            }
            for group in groups
        ]
        write_json({"groups": rows}, state)
        return
    if not groups:
        write("There is none.")
        return
    for line in table([_row(group, state) for group in groups], HEADS):
        write(line)


@command.command("show", cls=Command, short_help="Show them, with their reasons.")
@_places
@_choosing
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 100_000), default=20, help="How many (20)."
)
@json_option
@click.pass_obj
def show(
    state: State, /, places: Sequence[Path], limit: int, *, as_json: bool, **chosen: str | None
) -> None:
    """Show events of files of dead letters, each with its file, line and reason."""
    shown = 0
    for event in kept_events(_files(places), _wanted(chosen)):
        if shown == limit:
            click.echo(f"There are more: give a larger --limit than {limit}", err=True)
            break
        shown += 1
        if as_json:
            about = {"file": str(event.path), "line": event.place, "event": _value(event)}
            write_json(about, state, indent=None)
            continue
        write(
            state.line(f"{event.path}:{event.place} {event.text('outcome')} {event.text('reason')}")
        )
        write(f"  {state.line(json.dumps(_value(event), ensure_ascii=False))}")


@command.command("drop", cls=Command, short_help="Remove them from their files.")
@click.argument("places", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_choosing
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def drop_(
    state: State, /, places: Sequence[Path], *, yes: bool, as_json: bool, **chosen: str | None
) -> int:
    """Remove events from files of dead letters; they are not sent, and not kept elsewhere."""
    wanted, files = _wanted(chosen), _files(places)
    count = sum(1 for _ in kept_events(files, wanted))
    if count and not yes:
        click.confirm(f"Remove {count:,} events for good?", abort=True, err=True)
    dropped = sum(drop(path, wanted) for path in files)
    if as_json:
        write_json({"dropped": dropped}, state)
    else:
        write(f"{dropped:,} removed.")
    return Exit.DONE


@command.command(
    "retry",
    cls=Command,
    short_help="Send them again.",
    context_settings={"ignore_unknown_options": True},
)
@target_argument
@action_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[SEND OPTION]...")
@_choosing
@click.pass_obj
def retry(
    state: State,
    /,
    slug: str,
    action: str,
    file: Path,
    options: Sequence[str],
    **chosen: str | None,
) -> int:
    """Send events of FILE, a file of dead letters, with ACTION of SLUG.

    Those that are chosen go into a file of their own first, which is removed when it was sent; what is not
    delivered then is in new files. Other options are those of portcall send.
    """
    from portcall.cli.commands.send import command as send  # noqa: PLC0415  # only for this one

    [path] = _files([file])
    taken = take_out(path, _wanted(chosen))
    if taken is None:
        write("There is none.")
        return Exit.DONE
    with send.make_context("send", [slug, action, str(taken), *options], obj=state) as ctx:
        code = int(send.invoke(ctx) or 0)
        is_sent = not (ctx.params["dry_run"] or ctx.params["explain"])  # a project may say so, too
    if code in _OVER and is_sent:
        taken.unlink(missing_ok=True)
        for journal in taken.parent.iterdir():
            if journal.name.startswith(f"{taken.name}.") and journal.name.endswith(".journal"):
                journal.unlink()
    return code


def _wanted(chosen: Mapping[str, str | None]) -> Wanted:
    return Wanted(**{name: value or "" for name, value in chosen.items()})


def _files(places: Sequence[Path]) -> list[Path]:
    return dead_letter_files(places or [Path()])


def _row(group: Any, state: State) -> tuple[str, ...]:
    path, line = group.places[0]
    said = (group.outcome, group.field or "-", group.reason, f"{path}:{line}")
    return f"{group.count:,}", *map(state.line, said)


def _value(event: KeptEvent) -> Any:
    try:
        return json.loads(event.line)
    except (ValueError, RecursionError):
        return event.line.decode(errors="replace").strip()
