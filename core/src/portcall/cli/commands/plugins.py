"""``portcall plugins``: install, list and remove plugins, with what this environment is installed with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

from portcall.cli.connections.given_settings import on_terminal
from portcall.cli.destinations.installer import command_to_install, command_to_remove, run
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import table
from portcall.plugins.catalog import survey
from portcall.plugins.distributions import canonical
from portcall.plugins.published import CATALOGUE

KINDS: Final = ("destinations", "schemes", "extras", "stores", "commands")
_NAME: Final = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"((?:\[[A-Za-z0-9_-]+(?:,[A-Za-z0-9_-]+)*\])?(?:(?:==|>=|~=)[A-Za-z0-9.+!]+)?)"
)
_OWN: Final = "portcall"


@click.group("plugins")
def command() -> None:
    """Install, list and remove plugins."""


@command.command("list", cls=Command, short_help="List the installed plugins, or the others.")
@click.option(
    "--available",
    is_flag=True,
    help="List plugins that this project publishes and that are not installed.",
)
@json_option
@click.pass_obj
def list_(state: State, *, available: bool, as_json: bool) -> None:
    """List the installed plugins: destinations, schemes, extras, stores and commands."""
    rows = list(_available() if available else _installed())
    if as_json:
        write_json(rows, state)
        return
    heads = list(rows[0]) if rows else []
    for line in (
        table([tuple(map(state.line, row.values())) for row in rows], heads) if rows else ()
    ):
        write(line)


@command.command("install", cls=Command, short_help="Install plugins.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--yes", is_flag=True, help="Do not ask about a name that this project does not publish."
)
@click.option(
    "--upgrade", is_flag=True, help="Install the newest version of plugins that are already there."
)
@click.option("--dry-run", is_flag=True, help="Print the command that would be run.")
@json_option
@click.pass_obj
def install(
    state: State, names: Sequence[str], *, yes: bool, upgrade: bool, dry_run: bool, as_json: bool
) -> None:
    """Install plugins into the environment of portcall.

    NAME is the slug of a plugin of this project, such as segment, or a distribution, optionally with extras
    or a version: 'portcall[excel]'. portcall asks before it installs any other package, since a name says
    nothing about its publisher.
    """
    there = {row["slug"]: canonical(row["distribution"]) for row in _installed()} if upgrade else {}
    wanted = [_wanted(name, there, yes=yes or dry_run) for name in names]
    _carry_out(
        state,
        command_to_install(wanted, upgrade=upgrade),
        "installed",
        wanted,
        dry_run=dry_run,
        as_json=as_json,
    )


@command.command("remove", cls=Command, short_help="Remove plugins.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--dry-run", is_flag=True, help="Print the command that would be run.")
@json_option
@click.pass_obj
def remove(state: State, names: Sequence[str], *, dry_run: bool, as_json: bool) -> None:
    """Remove plugins, by slug or distribution; connections to them stay as they are."""
    there = list(_installed())
    gone = [_installed_name(name, there) for name in names]
    _carry_out(state, command_to_remove(gone), "removed", gone, dry_run=dry_run, as_json=as_json)


def _carry_out(
    state: State, words: list[str], done: str, names: list[str], *, dry_run: bool, as_json: bool
) -> None:
    if not dry_run:
        run(words)
    if as_json:
        write_json({"command": words, done: [] if dry_run else names}, state)
    elif dry_run:
        write(shlex.join(words))
    else:
        write(
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {done}. See: portcall destinations"
        )


def _installed() -> Iterator[dict[str, str]]:
    for kind, catalog in survey(*KINDS).items():
        for info in (claim for slug in catalog for claim in catalog.claims(slug)):
            if canonical(info.distribution) != _OWN:
                yield {
                    "kind": kind,
                    "slug": info.slug,
                    "distribution": info.distribution,
                    "version": info.version,
                }


def _available() -> Iterator[dict[str, str]]:
    there = {canonical(row["distribution"]) for row in _installed()} | {_OWN}
    for offer in CATALOGUE:
        if offer["distribution"] not in there:
            names = ("kind", "slug", "distribution", "summary")
            yield {name: str(offer[name]) for name in names}  # type: ignore[literal-required]


def _wanted(typed: str, there: Mapping[str, str], *, yes: bool) -> str:
    """Return the distribution to install for what was typed, after asking where it is not known.

    Args:
        typed: A slug or a distribution.
        there: Distributions by slug, which are known beside those of this project.
        yes: Do not ask.

    Raises:
        UsageError: It is not a name of a distribution, or there is no person to ask.
        Abort: The person declined.
    """
    found = _NAME.fullmatch(typed)
    if found is None:  # an option of the installer, or a URL
        raise click.UsageError(
            f"{typed[:60]!r} is not a name of a plugin, such as segment or portcall-segment"
        )
    name, version = found[1], found[2]
    known = {**there, **{offer["slug"]: offer["distribution"] for offer in CATALOGUE}}
    if name in known:
        return f"{known[name]}{version}"
    if canonical(name) not in {_OWN, *known.values()} and not yes:
        near = did_you_mean(name, [*known, *known.values()], "check who publishes it")
        about = (
            f"{name!r} is not published by this project, and anyone can publish a package: {near}"
        )
        if not on_terminal():
            raise click.UsageError(f"{about}; --yes installs it")
        click.confirm(f"{about}. Install it?", abort=True, err=True)
    return f"{name}{version}"


def _installed_name(typed: str, there: Sequence[dict[str, str]]) -> str:
    for row in there:
        if typed == row["slug"] or canonical(typed) == canonical(row["distribution"]):
            return canonical(row["distribution"])
    names = [each for row in there for each in (row["slug"], row["distribution"])]
    hint = did_you_mean(typed, names, f"there are {', '.join(sorted(set(names))) or 'none'}")
    raise click.UsageError(f"no plugin {typed[:60]!r} is installed; {hint}")
