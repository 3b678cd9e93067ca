"""``portcall outbox``: what waits, what is remembered, and where it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.outbox.outbox_there import needed_outbox, outbox_option
from portcall.cli.outbox.status_text import status_json, status_lines
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.runs.ledger.durations import duration_s

if TYPE_CHECKING:
    from portcall.outbox import Outbox

_PAGE: Final = 1000


@click.group("outbox")
def command() -> None:
    """Show the outbox, forget delivered events, or move it."""


@command.command("status", cls=Command, short_help="Count the waiting events by connection.")
@outbox_option
@json_option
@click.pass_obj
def status(state: State, /, place: str | None, *, as_json: bool) -> None:
    """Show how many events wait, are in flight, or were not delivered, for each connection.

    A connection that is parked, or that cannot serve for now, is shown with the reason.
    """
    with needed_outbox(place) as outbox:
        found = outbox.status()
    if as_json:
        write_json(status_json(found), state)
        return
    for line in status_lines(found, state):
        write(line)


@command.command("purge", cls=Command, short_help="Forget events that were delivered.")
@outbox_option
@click.option(
    "--older-than",
    metavar="TIME",
    help="Only events delivered or skipped that long ago: 12h, 7d (the time that the outbox keeps them).",
)
@click.option("--dry-run", is_flag=True, help="Only count the events.")
@json_option
@click.pass_obj
def purge(
    state: State,
    /,
    place: str | None,
    older_than: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Forget events that were delivered or skipped; nothing that waits, and no dead letter.

    Workers do this by themselves when the time is over. An event whose messageId is forgotten is sent
    again if it is put again.
    """
    from portcall.cli.outbox.outbox_letters import in_pages  # noqa: PLC0415  # not to count

    with needed_outbox(place) as outbox:
        ids = _over(outbox, older_than)
        if not dry_run:
            in_pages(outbox.drop, ids)
    if as_json:
        write_json({"purged": len(ids), "dry_run": dry_run}, state)
    else:
        write(f"{len(ids):,} {'would be forgotten' if dry_run else 'forgotten'}.")


def _over(outbox: Outbox, older_than: str | None) -> Sequence[int]:
    from portcall.outbox.clock import aware  # noqa: PLC0415  # only where there is an outbox

    bounds = outbox.storage.bounds
    age_s = duration_s(older_than) if older_than else max(bounds.retention_s, bounds.window_s)
    until = aware(outbox.storage.clock.now_us() - int(age_s * 1e6))
    ids: list[int] = []
    before: int | None = None
    while page := outbox.entries(state=("delivered", "skipped"), before=before, limit=_PAGE):
        ids += [entry.id for entry in page if entry.ended_at and entry.ended_at <= until]
        before = page[-1].id
    return ids


@command.command("move", cls=Command, short_help="Move the waiting events to another outbox.")
@click.argument("to", metavar="PLACE")
@outbox_option
@click.option("--dry-run", is_flag=True, help="Only count the events.")
@json_option
@click.pass_obj
def move(state: State, /, to: str, place: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Move the events that wait to the outbox at PLACE, a file or a URL, in the order of their puts.

    No worker of this outbox sends any of them meanwhile. Dead letters stay: retry or drop them first. Exit
    code 1 says that some are left, because a worker still had them.
    """
    from portcall.outbox import Outbox  # noqa: PLC0415  # only where there is an outbox
    from portcall.outbox.moving import Moved, move_events  # noqa: PLC0415

    with needed_outbox(place) as source, Outbox(to) as target:
        if source.storage.place == target.storage.place:
            raise click.UsageError(f"the outbox is at {to} already")
        counts = source.status().counts
        if dry_run:
            dead = counts["rejected"] + counts["uncertain"] + counts["dead"]
            done = Moved(moved=counts["waiting"], under_way=counts["under_way"], dead_letters=dead)
        else:
            done = move_events(source.storage, target.storage)
        about = _moved(done, target.storage.place, dry_run=dry_run)
    if as_json:
        write_json(about, state)
    else:
        _say(about, state)
    return Exit.REFUSED if done.under_way and not dry_run else Exit.DONE


def _moved(done: Any, place: str, *, dry_run: bool) -> dict[str, Any]:
    return {
        "moved": done.moved,
        "under_way": done.under_way,
        "dead_letters": done.dead_letters,
        "to": place,
        "dry_run": dry_run,
    }


def _say(about: dict[str, Any], state: State) -> None:
    verb = "would be moved" if about["dry_run"] else "moved"
    write(state.line(f"{about['moved']:,} {verb} to {about['to']}."))
    if about["under_way"]:
        write(f"{about['under_way']:,} are under way: move again when their workers are done.")
    if about["dead_letters"]:
        write(f"{about['dead_letters']:,} dead letters stay; see portcall dead list outbox.")
