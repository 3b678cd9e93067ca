"""What the options of a command allow: what a project widens is reported, and contradictions are refused."""

from __future__ import annotations

import click

from portcall.cli.destinations.plugin_files import brought
from portcall.cli.flags.connection_flags import Options
from portcall.cli.project.current_project import announce, current_project
from portcall.cli.project.settled_options import STORED
from portcall.cli.state import State


def refuse_contradictions(options: Options) -> None:
    """Refuse options that ``--stand-in`` excludes.

    Raises:
        UsageError: One of them was given with it.
    """
    if options.stand_in and options.given & {"allow_private", "ca_file", "save_auth"}:
        raise click.UsageError(
            "--stand-in excludes --allow-private, --ca-file and --save-auth: it has its own addresses, "
            "authority and tokens"
        )


def announce_options(options: Options) -> None:
    """Report what the project allows, or sends along, where its file was found and not named."""
    ctx = click.get_current_context(silent=True)
    state, project = ctx.find_object(State) if ctx else None, current_project()
    if state is None or project is None:
        return
    widening = [name for name, where in options.origins.items() if where != STORED]
    said = [_said(name, getattr(options, name)) for name in widening if name != "timeout_s"]
    announce(state, project, [*said, *(() if state.plugins else brought(project))])


def _said(name: str, value: object) -> str:
    if not isinstance(value, tuple):
        return f"{name} {value}"
    if name in {"sets", "set_files"}:  # a value may be a secret that no check has recognized
        name, value = "set", [f"{each}".partition("=")[0] for each in value]
    return f"{name} {', '.join(value)}"
