"""Every command with ``--json`` has a schema, whose every member is described, and a test that runs it."""

import re
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from portcall.cli.app import root
from portcall.cli.output_schemas.read_schema import read_schema, schema_names

ROOT = Path(__file__).parents[2]
RUNS = (ROOT / "tests/cli/test_json_outputs.py").read_text(encoding="utf-8")
_INSTANT = re.compile(r"(_at|^at)$")


def _printing(group=root, names=()):
    """Yield the names of the commands that take ``--json``."""
    context = click.Context(group)
    for word in group.list_commands(context):
        found = group.get_command(context, word)
        if isinstance(found, click.Group):
            yield from _printing(found, (*names, word))
        elif any("--json" in each.opts for each in found.params):
            yield (*names, word)


PRINTING = sorted(_printing())


def _members(schema):
    """Yield the name and the schema of every member at every depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for each in schema.values():
            yield from _members(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _members(each)


@pytest.mark.parametrize("words", PRINTING, ids="-".join)
def test_a_command_with_json_has_a_schema_and_is_run_by_a_test(words):
    name = "-".join(words)
    assert name in schema_names(), (
        f"write core/src/portcall/cli/output_schemas/{name}.json: the JSON Schema of what "
        f"`portcall {' '.join(words)} --json` prints"
    )
    called = "values(" + ", ".join(f'"{word}"' for word in words)
    assert called in RUNS, (
        f"add a test with {called}, ...) to tests/cli/test_json_outputs.py: it runs the command and "
        "holds what it prints to its schema"
    )


def test_every_schema_is_of_a_command_or_of_errors():
    assert set(schema_names()) == {"-".join(words) for words in PRINTING} | {"error"}


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_valid_and_describes_every_member(name):
    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["version"] >= 1
    for member, about in _members(schema):
        assert about.get("description") or "$ref" in about, f"{name}: describe {member}"


@pytest.mark.parametrize("name", schema_names())
def test_every_instant_is_written_alike(name):
    for member, about in _members(read_schema(name)):
        if _INSTANT.search(member):
            assert "#/$defs/time" in str(about), (
                f"{name}: {member} is an instant: refer to the definition"
            )
