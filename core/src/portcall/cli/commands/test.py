"""``portcall test``: a checklist from the plugin to the account's name."""

from __future__ import annotations

import click

from portcall.cli.flags.base_command import Command, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.state import State


@click.command("test", cls=Command)
@target_argument
@connecting
@json_option
@click.pass_obj
def command(state: State, slug: str, options: Options, *, as_json: bool) -> int:
    """Check SLUG step by step: plugin, settings, hosts, and whose credentials these are.

    SLUG is a destination, or the name of a stored connection.
    """
    from portcall.cli.connections.connection_check import check_connection  # noqa: PLC0415  # not for --help

    return check_connection(state, slug, options, as_json=as_json)
