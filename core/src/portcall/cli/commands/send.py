"""``portcall send``: deliver the events of a file, or of standard input, with one action."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from portcall.cli.connections.open_connection import reopenable
from portcall.cli.destinations.find_action import find_action
from portcall.cli.flags.base_command import Command, action_argument, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.flags.run_flags import INPUT, RunFlags, running
from portcall.cli.flags.tab_completion import complete_preset
from portcall.cli.project.settled_options import said_of
from portcall.cli.runs.run_command import RunCommand
from portcall.cli.state import State
from portcall.destination import Destination
from portcall.errors import SettingsError
from portcall.runs.inputs import STDIN
from portcall.runs.pipelines import PlannedSubscription, plan_action
from portcall.runs.pipelines.bounded_files import read_json
from portcall.runs.run_spec import RunSpec, about_connection


@click.command("send", cls=Command)
@target_argument
@action_argument
@click.argument("file", type=INPUT)
@click.option("--subscribe", metavar="FQL", help="Which events (the action's own filter).")
@click.option(
    "--mapping",
    "mapping_path",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="JSON from field names to values, in place of the fields' own defaults.",
)
@click.option(
    "--preset",
    metavar="NAME",
    shell_complete=complete_preset,
    help="One of the action's presets; --subscribe and --mapping override it.",
)
@click.option("--sync-mode", metavar="MODE", help="One of the action's sync modes.")
@running
@connecting
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str,
    action: str,
    file: str,
    subscribe: str | None,
    mapping_path: str | None,
    preset: str | None,
    sync_mode: str | None,
    options: Options,
    running: RunFlags,
    *,
    as_json: bool,
) -> int:
    """Deliver the events in FILE (- for stdin) with ACTION of SLUG.

    SLUG is a destination, or the name of a stored connection. FILE holds newline-delimited JSON, a JSON
    array, or CSV, packed with gzip or not.

    Every event gets one outcome. Rejected events go to a file beside FILE, with the reasons. Refused
    credentials stop the run, and so does a destination that cannot serve. Ctrl-C finishes the calls in
    flight. Run the same command again: it resumes where it was stopped, and sends nothing twice.
    """
    said = said_of(slug)
    running = running.under(workers=said.workers, rate=said.rate)
    planned: list[PlannedSubscription] = []

    def look(destination: Destination) -> None:
        chosen, mapping = find_action(destination, action), _mapping(mapping_path)
        given: dict[str, Any] = {
            "subscribe": subscribe,
            "preset": preset,
            "sync_mode": sync_mode,
            "workers": running.options.workers,
        }
        with destination.naming("actions"):
            planned.append(plan_action(chosen, mapping=mapping, **given))

    interactive = file != STDIN
    with reopenable(state, slug, options, interactive=interactive, look=look) as opened:
        connection, reopening = opened
        about = {"destination": connection.destination.slug, "action": action}
        return RunCommand(connection, state, about, as_json, reopening).execute(
            RunSpec(
                name=f"{slug}-{action}",
                source=file,
                connection=slug,
                about=about_connection(slug, connection),
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
