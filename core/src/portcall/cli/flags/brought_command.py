"""One command of another distribution, found by its entry point and imported when it is used."""

from __future__ import annotations

import click

from portcall.errors import PluginLoadError
from portcall.plugins.catalog import survey


def brought_command(name: str) -> click.Command | None:
    """Return the command that an installed distribution brings under a name; None if none does.

    Args:
        name: Of an entry point in the group ``portcall.commands``.

    Raises:
        AmbiguousPluginError: Two distributions have it; names both.
        PluginLoadError: It cannot be imported, or is not a `click.Command`; names the distribution.
    """
    commands = survey("commands")["commands"]
    if name not in commands:
        return None
    info = commands[name]
    command = info.load()
    if not isinstance(command, click.Command):
        raise PluginLoadError(
            f"the command {name!r} from {info.source} cannot be used: {info.target} is of type "
            f"{type(command).__name__}; it must be a click.Command"
        )
    return command
