"""What `choices` is asked for: the field, what is filled in beside it, and a count while it waits."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from portcall.actions.action import Action
from portcall.actions.offered_choices import declared_choices, is_offered, offered_names
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.state import State
from portcall.fields import Field
from portcall.secret import Secret


def offering(action: Action, name: str) -> Field:
    """Return the field of that name, if there are values to choose from.

    Raises:
        UsageError: There is no such field, or nothing offers values for it; says which there are.
    """
    fields = {field.name: field for field in action.fields}
    offered = [each for each in fields if is_offered(action, fields[each])]
    if name in offered:
        return fields[name]
    if name in fields:
        raise click.UsageError(f"{action.name} lists no values for {name!r}; {_hint(action)}")
    hint = did_you_mean(name, offered, did_you_mean(name, fields, _hint(action)))
    raise click.UsageError(f"{action.name} has no field {name!r}; {hint}")


def payload_of(action: Action, typed: Sequence[str], state: State) -> Mapping[str, Any]:
    """Read ``FIELD=VALUE``: text for fields of text, JSON for others where it is JSON.

    Raises:
        UsageError: It is not of that form, a field is given twice, or the action has none of that name.
    """
    fields = {field.name: field for field in action.fields}
    payload: dict[str, Any] = {}
    for text in typed:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():  # not repeated here: it may be a secret
            raise click.UsageError("--payload takes FIELD=VALUE, such as --payload list_id=7")
        if name in payload:
            raise click.UsageError(f"--payload {name} is given twice")
        if name not in fields:
            hint = did_you_mean(name, fields, f"it has {', '.join(fields) or 'none'}")
            raise click.UsageError(f"{action.name} has no field {name!r}; {hint}")
        payload[name] = _read(fields[name], value)
    state.remember(payload)
    return payload


def _hint(action: Action) -> str:
    listed = offered_names(action)
    if listed:
        return f"it does for {', '.join(listed)}"
    declared = [field.name for field in action.fields if isinstance(declared_choices(field), tuple)]
    more = f"; the choices of {', '.join(declared)} are fixed" if declared else ""
    return f"it has no field with dynamic choices{more}"


def _read(field: Field, value: str) -> Any:
    if field.secret:
        return Secret(value)
    if field.kind not in ("string", "datetime", "date"):
        with suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


@contextmanager
def counting() -> Iterator[Callable[[int], None]]:
    """Count values on a terminal, on a line that is gone in the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield lambda count: click.echo(f"\r{count} values ", nl=False, err=True)
    finally:
        click.echo(f"\r{'':24}\r", nl=False, err=True)
