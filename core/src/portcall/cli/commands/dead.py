"""``portcall dead``: what was not delivered, by reason; send it again, or drop it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.tab_completion import complete_action, complete_letters, complete_retried
from portcall.cli.outbox.exchange_lines import exchange_lines
from portcall.cli.outbox.letters_places import LettersPlaces
from portcall.cli.outbox.logged_entries import DEAD
from portcall.cli.outbox.outbox_there import WORD, outbox_option
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import table
from portcall.runs.dead_letters import KINDS
from portcall.runs.inputs import NOTE
from portcall.runs.kept_events import (
    KeptEvent,
    Wanted,
    dead_letter_files,
    take_out,
)

HEADS: Final = ("events", "outcome", "field", "reason", "first")
_OVER: Final = frozenset({Exit.DONE, Exit.REFUSED})

_OPTIONS: Final = (
    click.option(
        "--outcome", type=click.Choice([*KINDS, DEAD]), help="Only events with this outcome."
    ),
    click.option(
        "--reason", metavar="TEXT", default="", help="Only events whose reason contains this."
    ),
    click.option("--field", metavar="NAME", default="", help="Only events refused for this field."),
    click.option(
        "--subscription", metavar="NAME", default="", help="Only events of this subscription."
    ),
)
_places: Final = click.argument(
    "places", nargs=-1, shell_complete=complete_letters, metavar="[FILE|FOLDER|outbox]..."
)


def _choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed((*_OPTIONS, outbox_option)):
        function = option(function)
    return function


@click.group("dead")
def command() -> None:
    """Show the events that runs have not delivered, send them again, or drop them."""


@command.command("list", cls=Command, short_help="Count the events by outcome, field and reason.")
@_places
@_choosing
@json_option
@click.pass_obj
def list_(
    state: State,
    /,
    places: Sequence[str],
    place: str | None,
    *,
    as_json: bool,
    **chosen: str | None,
) -> None:
    """Count the events that were not delivered, by outcome, field and reason.

    Those in files of dead letters, and those of the outbox; without places, the files of the current folder
    and, if there is one, the outbox.
    """
    with LettersPlaces.of(places, place) as kept:
        groups = kept.groups(_wanted(chosen))
    if as_json:
        rows = [
            {
                "outcome": group.outcome,
                "field": group.field or None,
                "reason": group.reason,
                "count": group.count,
                "first": [
                    {"file": str(path), "line": line, "in": kept.kind(path)}
                    for path, line in group.places
                ],
            }
            for group in groups
        ]
        write_json({"groups": rows}, state)
        return
    if not groups:
        write("No dead letters match.")
        return
    for line in table([_row(group, state) for group in groups], HEADS):
        write(line)


@command.command("show", cls=Command, short_help="Show the events, with their reasons.")
@_places
@_choosing
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=20,
    help="How many events to show (20).",
)
@json_option
@click.pass_obj
def show(
    state: State,
    /,
    places: Sequence[str],
    place: str | None,
    limit: int,
    *,
    as_json: bool,
    **chosen: str | None,
) -> None:
    """Show events that were not delivered, each with its reason.

    Before each event is its file and line, or the outbox and its id there. Of an event of the outbox, the
    last request and the start of its answer follow, without secrets.
    """
    with LettersPlaces.of(places, place) as kept:
        for shown, event in enumerate(kept.letters(_wanted(chosen))):
            if shown == limit:
                click.echo(f"There are more: give a larger --limit than {limit}", err=True)
                break
            _show(event, kept, state, as_json=as_json)


def _show(event: KeptEvent, kept: LettersPlaces, state: State, *, as_json: bool) -> None:
    if as_json:
        about = {"file": str(event.path), "line": event.place, "in": kept.kind(event.path)}
        write_json({**about, "event": _value(event)}, state, indent=None)
        return
    write(state.line(f"{event.path}:{event.place} {event.text('outcome')} {event.text('reason')}"))
    value, exchange = _value(event), event.note.get("exchange")
    if exchange:
        value[NOTE] = {name: said for name, said in value[NOTE].items() if name != "exchange"}
    write(f"  {state.line(json.dumps(value, ensure_ascii=False))}")
    for line in exchange_lines(exchange) if exchange else ():
        write(f"  {state.line(line)}")


@command.command("drop", cls=Command, short_help="Remove the events for good.")
@click.argument(
    "places",
    nargs=-1,
    required=True,
    shell_complete=complete_letters,
    metavar="FILE|FOLDER|outbox...",
)
@_choosing
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only count the events.")
@json_option
@click.pass_obj
def drop_(
    state: State,
    /,
    places: Sequence[str],
    place: str | None,
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    **chosen: str | None,
) -> int:
    """Remove events from files of dead letters, or from the outbox.

    The events are not sent, and not kept elsewhere.
    """
    wanted = _wanted(chosen)
    with LettersPlaces.of(places, place) as kept:
        count = sum(1 for _ in kept.letters(wanted))
        if count and not yes and not dry_run:
            click.confirm(f"Remove {count:,} events for good?", abort=True, err=True)
        dropped = count if dry_run else kept.drop(wanted)
    if as_json:
        write_json({"dropped": dropped, "dry_run": dry_run}, state)
    else:
        write(f"{dropped:,} {'would be removed' if dry_run else 'removed'}.")
    return Exit.DONE


@command.command(
    "retry",
    cls=Command,
    short_help="Send the events again.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("slug", shell_complete=complete_retried, metavar="SLUG|outbox")
@click.argument("action", required=False, shell_complete=complete_action)
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[SEND OPTION]...")
@_choosing
@click.pass_obj
def retry(
    state: State,
    /,
    slug: str,
    action: str | None,
    file: Path | None,
    options: Sequence[str],
    place: str | None,
    **chosen: str | None,
) -> int:
    """Send events of FILE, a file of dead letters, with ACTION of SLUG; or those of the outbox.

    The selected events first go into a file of their own, which is removed after it was sent; events that are
    not delivered then are in new files. Other options are those of portcall send.

    With the word outbox in place of SLUG, ACTION and FILE, the selected dead letters of the outbox wait
    again: its workers send them, with the connection and the action that they have.
    """
    if slug == WORD and action is None:
        with LettersPlaces.of([WORD], place) as kept:
            write(f"{kept.retry(_wanted(chosen)):,} wait to be sent again.")
        return Exit.DONE
    if action is None or file is None:
        raise click.UsageError("give SLUG, ACTION and FILE, or the word outbox")
    return _send_again(state, slug, action, file, options, chosen)


def _send_again(
    state: State,
    slug: str,
    action: str,
    file: Path,
    options: Sequence[str],
    chosen: Mapping[str, str | None],
) -> int:
    from portcall.cli.commands.send import command as send  # noqa: PLC0415  # only for this one

    [path] = dead_letter_files([file])
    taken = take_out(path, _wanted(chosen))
    if taken is None:
        write("No dead letters match.")
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


def _row(group: Any, state: State) -> tuple[str, ...]:
    path, line = group.places[0]
    said = (group.outcome, group.field or "-", group.reason, f"{path}:{line}")
    return f"{group.count:,}", *map(state.line, said)


def _value(event: KeptEvent) -> Any:
    try:
        return json.loads(event.line)
    except (ValueError, RecursionError):
        return event.line.decode(errors="replace").strip()
