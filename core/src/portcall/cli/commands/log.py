"""``portcall log``: did it go, when, and what did they say?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.outbox.logged_entries import DEAD, WAITING, logged_entries
from portcall.cli.outbox.outbox_there import outbox_option, outbox_there
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import table
from portcall.errors import SettingsError
from portcall.model.rfc3339 import rfc3339
from portcall.runs.ledger.durations import as_instant
from portcall.runs.ledger.ledger_file import FILE_NAME, Ledger
from portcall.runs.ledger.log import Logged, read_log
from portcall.runs.ledger.tables import Outcomes

HEADS: Final = ("when (UTC)", "outcome", "connection", "subscription", "from", "said")


@click.command("log", cls=Command)
@click.option(
    "--state",
    metavar="FOLDER",
    envvar="PORTCALL_STATE",
    type=click.Path(exists=True, file_okay=False),
    help="The state folder of the runs (PORTCALL_STATE).",
)
@outbox_option
@click.option(
    "--id", "key", metavar="KEY", help="Only one event: its messageId, or the key that --key named."
)
@click.option("--since", metavar="TIME", help="Only since then: 12h, 7d, or 2026-03-10T12:00:00Z.")
@click.option(
    "--outcome",
    type=click.Choice([*(each.name.lower() for each in Outcomes), WAITING, DEAD]),
    help="Only events with this outcome.",
)
@click.option("--connection", metavar="NAME", help="Only events of one connection.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=100,
    help="How many events to show (100).",
)
@json_option
@click.pass_obj
def command(
    here: State,
    state: str | None,
    place: str | None,
    key: str | None,
    since: str | None,
    outcome: str | None,
    connection: str | None,
    limit: int,
    *,
    as_json: bool,
) -> int:
    """Show what became of events, the newest first: those of runs with --state, and those of the outbox.

    An event is found by its messageId, or by the key that --key of those runs named. Exit code 1 says that
    no such event is remembered.
    """
    asked: dict[str, Any] = {
        "key": key,
        "since": as_instant(since, -1) if since else None,
        "outcome": outcome,
        "connection": connection,
        "most": limit,
    }
    outbox = outbox_there(place)
    if outbox is None and state is None:
        raise click.UsageError(
            f"there is no outbox{f' {place}' if place else ''}: name the state folder of runs with --state, "
            "or an outbox with --outbox"
        )
    found = [] if state is None else _of_runs(state, has_outbox=outbox is not None, **asked)
    if outbox is not None:
        with outbox:
            found += logged_entries(outbox, **asked)
    found = sorted(found, key=lambda each: each.at, reverse=True)[:limit]
    if as_json:
        write_json({"events": [each.to_json() for each in found]}, here)
    elif found:
        for line in table([_row(each, here) for each in found], HEADS):
            write(line)
    else:
        write("No such event is remembered.")
    return Exit.DONE if found else Exit.REFUSED


def _of_runs(folder: str, *, has_outbox: bool, outcome: str | None, **asked: Any) -> list[Logged]:
    path = Path(folder) / FILE_NAME
    if outcome in {WAITING, DEAD} or (has_outbox and not path.exists()):
        return []
    if not path.exists():
        raise SettingsError(f"{folder} has no {FILE_NAME}: no run has had --state {folder}")
    with Ledger(path) as ledger:
        return list(read_log(ledger, outcome=outcome, **asked))


def _row(logged: Logged, state: State) -> tuple[str, ...]:
    where = f"{logged.unit} {logged.number} of {logged.input}"
    said = (logged.connection, logged.subscription, where, logged.reason)
    return rfc3339(logged.at), logged.outcome, *map(state.line, said)
