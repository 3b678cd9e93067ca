"""Holds what commands print with ``--json`` to the schemas that ``portcall schema`` prints."""

import json
from functools import cache

import click
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from portcall.cli.app import root
from portcall.cli.commands import COMMANDS
from portcall.cli.output_schemas.read_schema import read_schema, schema_names

SAME_AS = {"dead-retry": "send"}
"""Commands that hand everything on to another one."""


def hold_to_schema(arguments, out, err):
    """Check what a command printed, if it was asked for JSON.

    Args:
        arguments: The command line without the program's name.
        out: Standard output.
        err: Standard error; an error in it is checked, too.
    """
    words = [str(each) for each in arguments]
    name = command_of(words)
    if "--json" not in words or name is None:
        return
    for line in err.splitlines():
        if line.startswith('{"error"'):
            _hold("error", json.loads(line))
    for value in values_of(out):
        _hold(SAME_AS.get(name, name), value)


def _hold(name, value):
    error = best_match(validator(name).iter_errors(value))
    assert error is None, (
        f"{error.json_path}: {error.message[:400]}; if the output is right, say so in "
        f"core/src/portcall/cli/output_schemas/{name}.json (a member that is gone or means something "
        "else makes the next version)"
    )


def command_of(words):
    """Return ``key-status`` for ``portcall key status``; None for a command that is not portcall's own."""
    ctx, group, names = click.Context(root), root, []
    for word in words:
        found = group.get_command(ctx, word) if group is not root or word in COMMANDS else None
        if found is not None:
            names.append(word)
            if not isinstance(found, click.Group):
                return "-".join(names)
            group = found
    return None


def values_of(out):
    """Return every JSON value of an output, in lines or not."""
    decoder, values, rest = json.JSONDecoder(), [], out.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    return values


@cache
def validator(name):
    """Return what checks a value of the schema *name*: it may have no member that is not described."""
    assert name in schema_names(), (
        f"what `portcall {name.replace('-', ' ')} --json` prints has no schema: write "
        f"core/src/portcall/cli/output_schemas/{name}.json"
    )
    return Draft202012Validator(_closed(read_schema(name)))


def _closed(schema, *, part=False):
    """Return a schema that allows no other members; a *part* is closed where the parts come together."""
    closed = dict(schema)
    for key in ("properties", "patternProperties"):
        if key in schema:
            closed[key] = {name: _closed(each) for name, each in schema[key].items()}
    if "$defs" in schema:
        closed["$defs"] = {name: _closed(each, part=True) for name, each in schema["$defs"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            closed[key] = _closed(schema[key])
    if "anyOf" in schema:
        closed["anyOf"] = [_closed(each) for each in schema["anyOf"]]
    if "allOf" in schema:
        closed["allOf"] = [_closed(each, part=True) for each in schema["allOf"]]
    if not part and schema.keys() & {"properties", "allOf", "$ref"}:
        closed["unevaluatedProperties"] = False
    return closed
