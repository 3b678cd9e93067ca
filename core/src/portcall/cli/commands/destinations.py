"""``portcall destinations``: what is installed, and what is wrong with any of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import attrs
import click

from portcall.cli.destinations.load_check import Finding, check
from portcall.cli.destinations.plugin_files import plugin_files
from portcall.cli.flags.connection_flags import Command, json_option
from portcall.cli.state import State
from portcall.cli.terminal.output import table, warn, write, write_json
from portcall.plugins.catalog import Catalog, survey
from portcall.plugins.info import PluginInfo

if TYPE_CHECKING:
    from portcall.host import Host

HEADS = ("slug", "scheme", "distribution", "version", "status")


@attrs.frozen
class Row:
    """One line of the list."""

    slug: str
    scheme: str
    distribution: str
    version: str
    status: str
    reason: str = ""


@click.command("destinations", cls=Command)
@click.option("--no-check", is_flag=True, help="Read metadata only; nothing is imported.")
@json_option
@click.pass_obj
def command(state: State, *, no_check: bool, as_json: bool) -> None:
    """List the destinations that are installed.

    Each is loaded in a process apart, so that a broken one is marked, with the reason, and hides no
    other.
    """
    rows = list(_listed() if no_check else _checked())
    if as_json:
        write_json([attrs.asdict(row) for row in rows], state)
        return
    if not rows:
        warn("no destination is installed; try: pip install portcall-webhook")
        return
    cells = [(r.slug, r.scheme, r.distribution, r.version, r.status) for r in rows]
    for line in table([tuple(map(state.line, row)) for row in cells], HEADS):
        write(line)
    for slug, reason in dict.fromkeys((row.slug, row.reason) for row in rows if row.reason):
        write(f"\n{state.line(slug)}: {state.line(reason)}")


def _catalog() -> Catalog:
    installed, files = survey("destinations")["destinations"], plugin_files()
    if not files:
        return installed
    from portcall.declarative.packaged import plugins_at  # noqa: PLC0415  # few are files

    return installed.under(plugins_at(files))


def _listed() -> Iterator[Row]:
    return _rows(_catalog(), {})


def _checked() -> Iterator[Row]:
    catalog = _catalog()
    slugs = [slug for slug in catalog if len(catalog.claims(slug)) == 1]
    with ExitStack() as stack:

        @cache
        def host() -> Host:
            # Only where plugins are loaded: a child's modules are never torn down.
            from portcall.host import Host  # noqa: PLC0415

            return stack.enter_context(Host(plugins=plugin_files()))

        findings = check(lambda slug: host().destination(slug).scheme, slugs)
    return _rows(catalog, findings)


def _rows(catalog: Catalog, findings: dict[str, Finding]) -> Iterator[Row]:
    for slug in catalog:
        claims = catalog.claims(slug)
        for info in claims:
            if len(claims) > 1:
                rivals = " and ".join(sorted(claim.source for claim in claims))
                reason = f"{rivals} both offer it: uninstall all but one"
                yield _row(info, Finding(reason=reason), "ambiguous")
            else:
                finding = findings.get(slug)
                status = "unchecked" if finding is None else "broken" if finding.reason else "ok"
                yield _row(info, finding or Finding(), status)


def _row(info: PluginInfo, finding: Finding, status: str) -> Row:
    return Row(info.slug, finding.scheme, info.distribution, info.version, status, finding.reason)
