"""``portcall schema``: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

import click

from portcall.cli.flags.base_command import Command
from portcall.cli.state import State
from portcall.cli.terminal.output import write_json
from portcall.declarative import destination_schema
from portcall.plugins.catalog import survey


@click.command("schema", cls=Command)
@click.argument("kind", type=click.Choice(["destination"]))
@click.pass_obj
def command(state: State, kind: str) -> None:  # noqa: ARG001  # one kind so far
    """Print the JSON Schema of a file: of a destination that is one TOML or JSON file."""
    write_json(destination_schema(survey("schemes")["schemes"]), state)
