"""``portcall connections``: what is kept, and how it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from portcall.cli.connections.health import moment, status_of
from portcall.cli.connections.new_name import stored_where
from portcall.cli.connections.targets import kept_store, remember
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.project.settled_options import key_of
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import message_of
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import table
from portcall.store import Record, Store, StoreError, fetch

HEADS: Final = ("name", "destination", "connected", "status")
UNREADABLE: Final = "unreadable"


@click.command("connections", cls=Command)
@json_option
@click.pass_obj
def command(state: State, *, as_json: bool) -> None:
    """List the stored connections; their names need no key."""
    store = kept_store()
    rows = list(_rows(store, state)) if store else []
    if as_json:
        write_json({"connections": rows, "store": _about(store)}, state)
        return
    if store is None or not rows:
        write("No connection is stored yet; make one with: portcall connect SLUG")
    else:
        cells = [tuple(state.line(row[head] or "") for head in HEADS) for row in rows]
        for line in table(cells, HEADS):
            write(line)
        for row in rows:
            if row["reason"]:
                write(f"\n{row['name']}: {state.line(row['reason'])}")
        for row in rows:
            if row["reach"]:
                write(f"\n{row['name']}: {state.line(_allowed(row['reach']))}")
    if store is not None:
        write(f"\nKept in {stored_where(store)}.")


def _rows(store: Store, state: State) -> Iterator[dict[str, Any]]:
    try:
        records = store.list()
    except StoreError:  # of one of them: the others are still to be seen
        for name in store.names():
            try:
                yield _row(fetch(store, name), state)
            except StoreError as exc:
                yield {
                    **dict.fromkeys(HEADS), "name": name, "status": UNREADABLE,
                    "reason": message_of(exc), "reach": {},
                }  # fmt: skip
        return
    for record in records:
        yield _row(record, state)


def _row(record: Record, state: State) -> dict[str, Any]:
    remember(state, record)
    status, reason = status_of(record, state.again)
    return {
        "name": record.name,
        "destination": record.slug,
        "connected": moment(record.created_at),
        "status": status,
        "reason": reason,
        "reach": {key_of(name): value for name, value in record.reach.to_json().items()},
    }


def _allowed(reach: dict[str, Any]) -> str:
    """Return what a connection is allowed, in the words of the options."""
    return ", ".join(
        f"{name} {' '.join(value) if isinstance(value, list) else value}"
        for name, value in reach.items()
    )


def _about(store: Store | None) -> dict[str, Any] | None:
    if store is None:
        return None
    status = store.status()
    return {
        "kind": status.kind,
        "place": status.place,
        "encryption": status.encryption,
        "key": status.key_origin or None,
    }
