"""The plugins that ``--plugin`` and ``PORTCALL_PLUGINS`` name."""

from __future__ import annotations

import click

from portcall.cli.state import State


def plugin_files() -> tuple[str, ...]:
    """Return the paths of the current command's plugins that are files."""
    context = click.get_current_context(silent=True)
    if context is None:
        return ()
    state = context.find_object(State)
    # A shell that completes a line has it parsed, but no command begun that could tell the state.
    return (state.plugins if state else ()) or context.find_root().params.get("plugins") or ()
