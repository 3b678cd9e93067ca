"""What ``portcall send`` does: the events of a file through one action."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from portcall.cli.connections.open_connection import reopenable
from portcall.cli.destinations.find_action import find_action
from portcall.cli.flags.connection_flags import Options
from portcall.cli.flags.run_flags import RunFlags
from portcall.cli.project.settled_options import said_of
from portcall.cli.runs.run_command import RunCommand
from portcall.cli.state import State
from portcall.destination import Destination
from portcall.errors import SettingsError
from portcall.runs.inputs import STDIN
from portcall.runs.pipelines.bounded_files import read_json
from portcall.runs.pipelines.planning import PlannedSubscription, plan_action
from portcall.runs.run_spec import RunSpec, about_connection


@attrs.frozen(kw_only=True)
class Sending:
    """What is to be sent, and how.

    Args:
        word: The name of a connection, or a slug.
        action: The name of the action.
        source: A file, ``-``, or the URL of a database.
        subscribe: Which events; the action's own filter if None.
        mapping_path: A file of JSON from field names to values.
        preset: One of the action's presets.
        sync_mode: One of the action's sync modes.
    """

    word: str
    action: str
    source: str
    subscribe: str | None = None
    mapping_path: str | None = None
    preset: str | None = None
    sync_mode: str | None = None


def send_file(
    state: State, asked: Sending, options: Options, running: RunFlags, *, as_json: bool
) -> int:
    """Deliver, rehearse or explain; return the exit code.

    Args:
        state: For redaction.
        asked: What is to be sent.
        options: How to connect.
        running: How the run goes.
        as_json: Print for a program.
    """
    said = said_of(asked.word)
    running = running.under(workers=said.workers, rate=said.rate)
    planned: list[PlannedSubscription] = []

    def look(destination: Destination) -> None:
        chosen, mapping = find_action(destination, asked.action), _mapping(asked.mapping_path)
        given: dict[str, Any] = {
            "subscribe": asked.subscribe,
            "preset": asked.preset,
            "sync_mode": asked.sync_mode,
            "workers": running.options.workers,
        }
        with destination.naming("actions"):
            planned.append(plan_action(chosen, mapping=mapping, **given))

    interactive = asked.source != STDIN
    with reopenable(state, asked.word, options, interactive=interactive, look=look) as opened:
        connection, reopening = opened
        about = {"destination": connection.destination.slug, "action": asked.action}
        return RunCommand(connection, state, about, as_json, reopening).execute(
            RunSpec(
                name=f"{asked.word}-{asked.action}",
                source=asked.source,
                connection=asked.word,
                about=about_connection(asked.word, connection),
                planned=planned,
                options=running.options,
            ),
            running,
        )


def _mapping(path: str | None) -> Mapping[str, Any] | None:
    if path is None:
        return None
    mapping = read_json(Path(path))
    if not isinstance(mapping, dict):
        raise SettingsError(f"--mapping: {path} must hold a JSON object")
    return mapping
