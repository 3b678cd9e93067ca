"""The plugins that are files: those of ``--plugin`` and ``PORTCALL_PLUGINS``, else the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from portcall.cli.project.current_project import announce, current_project
from portcall.cli.state import State

if TYPE_CHECKING:
    from portcall.project.project_file import Project


def plugin_files() -> tuple[str, ...]:
    """Return the paths of the current command's plugins that are files.

    Those of a project that was found are run only where no other user could have written them, and never
    while a shell completes a line.

    Raises:
        SettingsError: Others could have written one of them.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        return ()
    state = context.find_object(State)
    # A shell that completes a line has it parsed, but no command begun that could tell the state.
    given = (state.plugins if state else ()) or context.find_root().params.get("plugins") or ()
    return given if given or state is None else _of_project(context, state)


def _of_project(context: click.Context, state: State) -> tuple[str, ...]:
    project = current_project()
    if project is None or not project.plugins or (project.found and context.resilient_parsing):
        return ()
    from portcall.project.foreign_files import refuse_foreign_plugins  # noqa: PLC0415  # few have a project

    refuse_foreign_plugins(project)
    announce(state, project, brought(project))
    return tuple(f"{each}" for each in project.plugins)


def brought(project: Project) -> list[str]:
    """Return which plugins a project brings, in a few words; nothing if it brings none."""
    folder = project.path.parent
    shown = [
        f"{each.relative_to(folder) if each.is_relative_to(folder) else each}"
        for each in project.plugins
    ]
    return [f"plugins {', '.join(shown)}"] if shown else []
