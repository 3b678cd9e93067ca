"""The plugins that ``--plugin`` and ``PORTCALL_PLUGINS`` name."""

from __future__ import annotations

import click

from portcall.cli.state import State


def plugin_files() -> tuple[str, ...]:
    """Return the paths of the current command's plugins that are files."""
    context = click.get_current_context(silent=True)
    state = context.find_object(State) if context else None
    return state.plugins if state else ()
