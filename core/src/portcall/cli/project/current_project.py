"""The project of one command: named, or found above the working folder; read once, and announced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from portcall.cli.state import State
from portcall.project.find_project import VARIABLE, find_project, named_project

if TYPE_CHECKING:
    from portcall.project.project_file import Project


def project_of(state: State) -> Project | None:
    """Return the project that a command goes by; None if there is none.

    Raises:
        SettingsError: The file cannot be used; lists every fault. Or others could have written it.
    """
    if not state.project_is_read:
        state.project = _read(state)
        state.project_is_read = True
    project: Project | None = state.project
    return project


def project_path(state: State) -> str | None:
    """Return the path of that project; looking reads no file."""
    if state.no_project:
        return None
    named = state.project_named or os.environ.get(VARIABLE)
    return named_project(named) if named else find_project()


def _read(state: State) -> Project | None:
    path = project_path(state)
    if path is None:
        return None
    # Only where there is a file: reading it takes longer than all the rest of a short command.
    from portcall.cli.project.flag_tables import flag_tables  # noqa: PLC0415
    from portcall.project.project_file import Project  # noqa: PLC0415

    tables = flag_tables(Path(path).parent)
    if state.project_named or os.environ.get(VARIABLE):
        return Project.read(path, flags=tables)
    return Project.find(flags=tables)
