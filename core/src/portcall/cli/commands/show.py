"""``portcall show``: what is kept of one connection, or holds in this project; where each value is from."""

from __future__ import annotations

import click

from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.tab_completion import complete_name
from portcall.cli.state import State


@click.command("show", cls=Command)
@click.argument("name", required=False, shell_complete=complete_name)
@json_option
@click.pass_obj
def command(state: State, name: str | None, *, as_json: bool) -> None:
    """Show the connection NAME: settings, tokens and state; secrets as ***.

    Without NAME, show the project: its file, and every value that commands use here.
    """
    if name is None:
        from portcall.cli.project.shown_project import show_project  # noqa: PLC0415  # not for --help

        show_project(state, as_json=as_json)
    else:
        from portcall.cli.connections.shown_connection import show_connection  # noqa: PLC0415

        show_connection(state, name, as_json=as_json)
