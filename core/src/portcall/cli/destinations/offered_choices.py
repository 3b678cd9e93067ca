"""Values to choose from for one field of an action: which field, which pages, and how many."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import attrs
import click

from portcall.actions import Action, Choice, Choices
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.state import State
from portcall.errors import HookError
from portcall.fields import Field, dynamic
from portcall.secret import Secret

MOST_VALUES: Final = 10_000
MOST_PAGES: Final = 100


@attrs.frozen
class Found:
    """What one or several pages came to.

    Args:
        items: The values, in the destination's order.
        next_page: What the page after the last one is asked for with; None if there is none.
        left_off: How many values of the last page are not in *items*.
    """

    items: tuple[Choice, ...]
    next_page: str | None = None
    left_off: int = 0


def offering(action: Action, name: str) -> Field:
    """Return the field of that name, if there are values to choose from.

    Raises:
        UsageError: There is no such field, or nothing offers values for it; says which there are.
    """
    fields = {field.name: field for field in action.fields}
    offered = [each for each in fields if _is_offered(action, fields[each])]
    if name in offered:
        return fields[name]
    if name in fields:
        raise click.UsageError(f"{action.name} lists no values for {name!r}; {_hint(action)}")
    hint = did_you_mean(name, offered, did_you_mean(name, fields, _hint(action)))
    raise click.UsageError(f"{action.name} has no field {name!r}; {hint}")


def fixed(field: Field, query: str) -> Choices | None:
    """Return the choices that the plugin itself declares; None where the destination is asked."""
    choices = _choices(field)
    if choices is None or choices is dynamic:
        return None
    return Choices(choices).matching(query)


def follow(
    fetch: Callable[[str | None], Choices],
    page: str | None,
    *,
    values: int | None = None,
    pages: int = MOST_PAGES,
) -> Found:
    """Get pages until there are no more, or enough.

    Args:
        fetch: Gets the page of that token.
        page: The first one's token.
        values: How many are enough; None for all of every page.
        pages: How many pages are enough.

    Raises:
        HookError: A page leads back to an earlier one.
    """
    items: list[Choice] = []
    seen: set[str | None] = set()
    with _progress() as tick:
        for _ in range(pages):
            if page in seen:
                raise HookError("the pages of choices go in a circle; get single ones with --page")
            seen.add(page)
            found = fetch(page)
            items += found.items
            page = found.next_page
            if page is None or (values is not None and len(items) >= values):
                break
            tick(len(items))
    shown = items if values is None else items[:values]
    return Found(tuple(shown), page, len(items) - len(shown))


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


def offered_names(action: Action) -> list[str]:
    """Name the fields whose values the destination lists."""
    return [field.name for field in action.fields if _is_listed(action, field)]


def _is_offered(action: Action, field: Field) -> bool:
    return isinstance(_choices(field), tuple) or _is_listed(action, field)


def _is_listed(action: Action, field: Field) -> bool:
    return _choices(field) is dynamic and action.aside(f"choices {field.name}") is not None


def _choices(field: Field) -> Any:
    """Return what a field says of its choices; a list speaks of its items'."""
    while field.choices is None and field.item is not None:
        field = field.item
    return field.choices


def _hint(action: Action) -> str:
    listed = offered_names(action)
    if listed:
        return f"it does for {', '.join(listed)}"
    declared = [field.name for field in action.fields if isinstance(_choices(field), tuple)]
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
def _progress() -> Iterator[Callable[[int], None]]:
    """Count values on a terminal, on a line that is gone in the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield lambda count: click.echo(f"\r{count} values ", nl=False, err=True)
    finally:
        click.echo(f"\r{'':24}\r", nl=False, err=True)
