"""What ``portcall show NAME`` prints of a stored connection: settings, tokens and state; secrets as ***."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from portcall.cli.connections.health import ahead, moment, refresh_lines, status_of
from portcall.cli.connections.new_name import stored_where
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.stored_values import values_of
from portcall.cli.connections.targets import remember, store_of
from portcall.cli.flags.connection_flags import Options
from portcall.cli.project.effective_values import shown_value, values_of_connection
from portcall.cli.project.settled_options import settled
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import message_of
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.cli.terminal.tables import table
from portcall.destination import Destination
from portcall.errors import PluginError
from portcall.model.rfc3339 import rfc3339
from portcall.store import Record, Store, fetch

HEADS: Final = ("value", "is", "from")


def show_connection(state: State, name: str, *, as_json: bool) -> None:
    """Print what is kept of a connection, and what commands use for it.

    Args:
        state: For redaction.
        name: Of the connection.
        as_json: Print for a program.
    """
    store = store_of(name)
    record = fetch(store, name)
    remember(state, record)
    with open_host(settled(name, Options())) as host:
        destination, broken = _load(host, record.slug)
        with quiet():
            shown = _shown(record, destination, store, state.again)
    shown["plugin"] = broken
    reach = list(values_of_connection(name))
    shown["reach"] = [attrs.asdict(each) for each in reach]
    if as_json:
        write_json(shown, state)
        return
    for line in _text(shown, store, state):
        write(line)


def _load(host: Any, slug: str) -> tuple[Destination | None, str]:
    """Return the destination, or why it cannot be loaded: what is kept can be seen all the same."""
    try:
        return load(host, slug), ""
    except PluginError as exc:
        return None, message_of(exc)


def _shown(
    record: Record, destination: Destination | None, store: Store, again: str
) -> dict[str, Any]:
    status, reason = status_of(record, again)
    auth = record.auth
    return {
        "name": record.name,
        "destination": record.slug,
        "status": status,
        "reason": reason,
        "connected_at": rfc3339(record.created_at),
        "changed_at": rfc3339(record.updated_at),
        "expires_at": rfc3339(auth.expires_at) if auth.expires_at else None,
        "expires": ahead(auth.expires_at) if auth.expires_at else None,
        "scopes": list(auth.scopes),
        "refreshes": refresh_lines(record),
        "values": values_of(record, destination),
        "encryption": store.status().encryption,
    }


def _text(shown: Mapping[str, Any], store: Store, state: State) -> Iterator[str]:
    yield f"{shown['name']}: a connection to {shown['destination']}, {shown['status']}"
    if shown["status"] != "ok":
        yield f"  {state.line(shown['reason'])}"
    if shown["plugin"]:
        yield f"  {state.line(shown['plugin'])}"
    yield ""
    rows = [tuple(state.line(str(v[key])) for key in HEADS) for v in _cells(shown["values"])]
    rows += [tuple(map(state.line, row)) for row in _reach(shown["reach"])]
    if rows:
        yield from table(rows, HEADS)
        yield ""
    for label, value in _facts(shown):
        yield f"{label:<12}{state.line(value)}"
    yield f"{'kept in':<12}{stored_where(store)}"


def _cells(values: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in values:
        yield {"value": each["name"], "is": each["value"], "from": each["origin"]}


def _reach(reach: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for each in reach:
        yield each["name"], shown_value(each["value"]), each["origin"]


def _facts(shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for label, key in (("connected", "connected_at"), ("changed", "changed_at")):
        yield label, moment(datetime.fromisoformat(shown[key]))
    if shown["expires_at"]:
        yield (
            "token ends",
            f"{moment(datetime.fromisoformat(shown['expires_at']))}, {shown['expires']}",
        )
    if shown["scopes"]:
        yield "scopes", " ".join(shown["scopes"])
    for line in shown["refreshes"]:
        yield "refreshes", line
