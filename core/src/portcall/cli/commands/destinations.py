"""``portcall destinations``: what is installed, and what is wrong with any of it."""

from __future__ import annotations

import click

from portcall.cli.destinations.check_cache import BROKEN, COLUMNS, CheckCache
from portcall.cli.destinations.plugin_files import plugin_files
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.state import State
from portcall.cli.terminal.output import warn, write, write_json
from portcall.cli.terminal.tables import table


@click.command("destinations", cls=Command)
@click.option("--no-check", is_flag=True, help="Read metadata only; nothing is imported.")
@click.option(
    "--no-cache", is_flag=True, help="Check each plugin again, even if it has not changed."
)
@click.option(
    "--available",
    is_flag=True,
    help="List the destinations that this project publishes, or those that match QUERY.",
)
@click.argument("query", required=False, metavar="[QUERY]")
@json_option
@click.pass_obj
def command(
    state: State,
    *,
    no_check: bool,
    no_cache: bool,
    available: bool,
    query: str | None,
    as_json: bool,
) -> None:
    """List the installed destinations, or those that this project publishes.

    With --available, list every destination that this project publishes, or those that have all words of
    QUERY in their slug, their distribution or their summary.

    Each installed destination is loaded in a process of its own, so a broken one is listed with the reason
    and hides no other. The findings are remembered until a file, a version or Python changes.
    """
    if available:
        _list_available(state, query or "", as_json=as_json)
        return
    if query is not None:
        raise click.UsageError(
            f"a query is for --available: portcall destinations --available {query}"
        )
    rows = _rows(no_check=no_check, no_cache=no_cache)
    if as_json:
        write_json(rows, state)
        return
    if not rows:
        warn("no destination is installed; see: portcall plugins list --available")
        return
    cells = [tuple(state.line(row[name]) for name in COLUMNS[:-1]) for row in rows]
    for line in table(cells, COLUMNS[:-1]):
        write(line)
    reasons = ((row["slug"], row["reason"]) for row in rows if row["reason"])
    for slug, reason in dict.fromkeys(reasons):
        write(f"\n{state.line(slug)}: {state.line(_advice(reason))}")


def _advice(reason: str) -> str:
    from portcall.cli.terminal.error_messages import with_options  # noqa: PLC0415  # few are broken

    return with_options(reason)


def _list_available(state: State, query: str, *, as_json: bool) -> None:
    from portcall.plugins.distributions import canonical  # noqa: PLC0415  # few ask for it
    from portcall.plugins.published import CATALOGUE  # noqa: PLC0415

    there = {canonical(row["distribution"]) for row in _rows(no_check=True, no_cache=True)}
    words = query.casefold().split()
    rows: list[dict[str, str | bool]] = []
    for offer in CATALOGUE:
        text = f"{offer['slug']} {offer['distribution']} {offer['summary']}".casefold()
        if offer["kind"] == "destinations" and all(word in text for word in words):
            installed = canonical(offer["distribution"]) in there
            about = {name: offer[name] for name in ("slug", "distribution", "summary")}
            rows.append({**about, "installed": installed})
    if as_json:
        write_json(rows, state)
        return
    if not rows:
        near = did_you_mean(query, [offer["slug"] for offer in CATALOGUE], "see: portcall new")
        warn(f"this project publishes no destination with {query[:60]!r}; {near}")
        return
    heads = ("slug", "install", "summary")
    cells = [
        (
            f"{row['slug']}",
            "installed" if row["installed"] else f"{row['distribution']}",
            f"{row['summary']}",
        )
        for row in rows
    ]
    for line in table([tuple(map(state.line, each)) for each in cells], heads):
        write(line)


def _rows(*, no_check: bool, no_cache: bool) -> list[dict[str, str]]:
    cache = CheckCache(plugin_files())
    remembered = [] if no_check or no_cache else cache.read() or []
    if remembered and all(row["status"] != BROKEN for row in remembered):
        return remembered
    # Not at the top: what is remembered needs none of it.
    from portcall.cli.destinations.installed_catalog import (  # noqa: PLC0415
        installed_catalog,
        with_files,
    )
    from portcall.cli.destinations.load_check import Finding, listed, load_each  # noqa: PLC0415
    from portcall.cli.destinations.plugin_places import places_of  # noqa: PLC0415
    from portcall.plugins.catalog import survey  # noqa: PLC0415

    if no_check:
        return listed(installed_catalog(), {})
    catalogs = survey("destinations", "schemes", "extras", "stores")
    catalog = with_files(catalogs["destinations"])
    places = places_of(catalogs.values())
    seen = None if places is None else cache.look(places)
    known = {row["slug"]: Finding(row["scheme"]) for row in remembered if row["status"] == "ok"}
    rows = listed(catalog, load_each(catalog, plugin_files(), known))
    # Only if no file was changed meanwhile is what was found true of the files as they are.
    if seen is not None and seen == cache.look(places or ()):
        cache.write(seen, rows)
    return rows
