"""``portcall schema``: the JSON Schema of a kind of file, or of what a command prints with ``--json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from portcall.cli.flags.base_command import Command
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.output_schemas.read_schema import read_schema, schema_names
from portcall.cli.project.flag_tables import flag_tables
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import table
from portcall.declarative.schema import destination_schema
from portcall.plugins.catalog import survey
from portcall.project.project_format import project_schema

FILES: Final = {
    "destination": "A destination that is one TOML or JSON file",
    "project": "A project file: portcall.toml",
}
"""Kinds of files, each with its title."""

HEADS: Final = ("schema", "describes")


def _complete(_: click.Context, __: click.Parameter, word: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in (*FILES, *schema_names()) if name.startswith(word)]


@click.command("schema", cls=Command)
@click.argument("name", required=False, shell_complete=_complete)
@click.pass_obj
def command(state: State, name: str | None) -> None:
    """Print a JSON Schema: of a kind of file for editors, or of what a command prints with --json.

    NAME is "destination", "project", a command with a dash between its words (key-status), or "error" for
    what --json prints to standard error. Without NAME, list the schemas.
    """
    if name is None:
        for line in table(list(_listed()), HEADS):
            write(line)
        return
    write_json(_schema(name.replace(" ", "-")), state)


def _schema(name: str) -> dict[str, Any]:
    if name == "destination":
        return destination_schema(survey("schemes")["schemes"])
    if name == "project":
        return project_schema(flag_tables(Path()))
    names = schema_names()
    if name not in names:
        hint = did_you_mean(name, [*FILES, *names], "portcall schema lists what there is")
        raise click.UsageError(f"no schema {name[:60]!r}; {hint}")
    return read_schema(name)


def _listed() -> Iterator[tuple[str, str]]:
    yield from FILES.items()
    for name in schema_names():
        yield name, read_schema(name)["title"]
