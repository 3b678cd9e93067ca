"""``portcall send``: deliver the events of a file, or of standard input, with one action."""

from __future__ import annotations

import click

from portcall.cli.flags.base_command import Command, action_argument, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.flags.run_flags import INPUT, RunFlags, running
from portcall.cli.flags.tab_completion import complete_preset
from portcall.cli.state import State


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
    from portcall.cli.runs.send_file import Sending, send_file  # noqa: PLC0415  # not for --help

    sending = Sending(
        word=slug,
        action=action,
        source=file,
        subscribe=subscribe,
        mapping_path=mapping_path,
        preset=preset,
        sync_mode=sync_mode,
    )
    return send_file(state, sending, options, running, as_json=as_json)
