"""``portcall choices``: the values that a destination offers for a field of an action."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import click

from portcall.actions.offered_choices import MOST_PAGES, MOST_VALUES, Found, fixed, follow
from portcall.cli.connections.open_connection import open_target
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.targets import Target, resolve
from portcall.cli.destinations.asked_choices import counting, offering, payload_of
from portcall.cli.destinations.find_action import find_action
from portcall.cli.flags.base_command import Command, action_argument, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.flags.tab_completion import complete_choices, complete_payload
from portcall.cli.project.settled_options import settled
from portcall.cli.state import State
from portcall.cli.terminal.output import quiet, warn, write, write_json
from portcall.cli.terminal.tables import table
from portcall.connection import Connection
from portcall.destination import Destination
from portcall.fields.describing import plain

HEADS: Final = ("value", "label")
_JSON: Final = (str, int, float, bool, list, dict, type(None))


@click.command("choices", cls=Command)
@target_argument
@action_argument
@click.argument("field", shell_complete=complete_choices)
@click.option(
    "--query", metavar="TEXT", default="", help="Only values with TEXT in value or label."
)
@click.option(
    "--page", metavar="TOKEN", help="The page to begin with: next_page of the page before."
)
@click.option("--all", "whole", is_flag=True, help="Follow the pages, up to 10,000 values.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="Follow the pages until there are N values; leave out the rest.",
)
@click.option(
    "--payload",
    "filled",
    metavar="FIELD=VALUE",
    multiple=True,
    shell_complete=complete_payload,
    help="A field that the values depend on, as filled in so far; JSON unless it is text.",
)
@connecting
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str,
    action: str,
    field: str,
    options: Options,
    *,
    query: str,
    page: str | None,
    whole: bool,
    limit: int | None,
    filled: Sequence[str],
    as_json: bool,
) -> None:
    """List the values for FIELD of ACTION that SLUG offers.

    SLUG is a destination, or the name of a stored connection. Where the choices are fixed,
    nothing is sent.
    """
    if whole and limit is not None:
        raise click.UsageError("--all and --limit exclude each other: --limit follows pages, too")
    options = settled(slug, options)
    with open_host(options) as host:
        target = resolve(slug, host.destinations, state)
        destination = load(host, target.slug)
        chosen = find_action(destination, action)
        choices = fixed(offering(chosen, field), query)
        filled_in = payload_of(chosen, filled, state)
        values = MOST_VALUES if whole else limit
        pages = MOST_PAGES if values else 1
        if choices is not None:
            found = follow(lambda _: choices, None, values=values, pages=pages)
        else:
            with (
                _opened(state, destination, target, options) as connection,
                quiet(),
                counting() as tick,
            ):
                ask = partial(connection.choices, chosen, field, query, payload=filled_in)
                found = follow(ask, page, values=values, pages=pages, tick=tick)
    if as_json:
        write_json(_to_json(found), state)
    else:
        _show(found, state, query)


@contextmanager
def _opened(
    state: State, destination: Destination, target: Target, options: Options
) -> Iterator[Connection]:
    """Open a connection, and never show the tokens that it gets in the meantime."""
    opened = open_target(state, destination, target, options)
    try:
        yield opened.connection
    finally:
        state.remember(opened.connection.auth)
        opened.warn_if_lost()


def _to_json(found: Found) -> dict[str, Any]:
    items = [{"value": _plain(each.value), "label": each.label} for each in found.items]
    left_off = {"left_off": found.left_off} if found.left_off else {}
    return {"items": items, "next_page": found.next_page, **left_off}


def _show(found: Found, state: State, query: str) -> None:
    rows = [(state.line(_text(each.value)), state.line(each.label)) for each in found.items]
    if rows:
        for line in table(rows, HEADS):
            write(line)
    else:
        warn("there is no value" + (" with that text in it" if query else ""))
    if found.left_off:
        click.echo(f"{found.left_off} more were left off: give a larger --limit", err=True)
    if found.next_page is not None:
        token = shlex.quote(state.line(found.next_page))
        click.echo(f"There are more: add --page {token}, or --all", err=True)


def _text(value: object) -> str:
    said = _plain(value)
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _plain(value: object) -> Any:
    """Return JSON for a value, as far as there is any."""
    said = plain(value)
    return said if isinstance(said, _JSON) else str(said)
