"""The project of one command: named, or found above the working folder; read once, and announced."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from portcall.cli.project.outside_commands import is_outside
from portcall.cli.state import State
from portcall.project.find_project import VARIABLE, find_project, named_project, shown_path

if TYPE_CHECKING:
    from portcall.project.project_file import Project

_WITH_OPTIONS: Final = ("send", "run", "dead", "show")


def project_of(state: State) -> Project | None:
    """Return the project that a command goes by; None if there is none.

    Raises:
        SettingsError: The file cannot be used; lists every fault. Or others could have written it.
    """
    if not state.project_is_read:
        state.project = _read(state)
        state.project_is_read = True
        if state.project is not None:
            _use_store(state, state.project)
    project: Project | None = state.project
    return project


def current_project() -> Project | None:
    """Return the project of the command that runs; None where none runs, or it goes by no project."""
    ctx = click.get_current_context(silent=True)
    state = ctx.find_object(State) if ctx is not None else None
    return None if ctx is None or state is None or is_outside(ctx) else project_of(state)


def project_path(state: State) -> str | None:
    """Return the path of that project; looking reads no file."""
    if state.no_project:
        return None
    named = state.project_named or os.environ.get(VARIABLE)
    return named_project(named) if named else find_project()


def announce(state: State, project: Project, what: Iterable[str]) -> None:
    """Report once on stderr what a project that was found, and not named, allows or brings."""
    fresh = [each for each in what if each not in state.announced]
    if fresh and project.found:
        state.announced += fresh
        where = shown_path(f"{project.path}")
        click.echo(state.line(f"Using {where}: {'; '.join(fresh)}"), err=True)


def _read(state: State) -> Project | None:
    path = project_path(state)
    if path is None:
        return None
    # Only where there is a file: reading it takes longer than all the rest of a short command.
    from pathlib import Path  # noqa: PLC0415

    from portcall.errors import SettingsError  # noqa: PLC0415
    from portcall.project.project_file import read_found, read_project  # noqa: PLC0415

    is_named = state.project_named or os.environ.get(VARIABLE)
    read = read_project if is_named else read_found
    if not _uses_options():
        with suppress(SettingsError):  # then all that is wrong is said, that of the options too
            return read(Path(path))
    from portcall.cli.project.flag_tables import flag_tables  # noqa: PLC0415  # imports two commands

    return read(Path(path), flag_tables(Path(path).parent))


def _uses_options() -> bool:
    """Return whether the command that runs goes by the tables ``[send]`` and ``[run]``, or shows them."""
    ctx = click.get_current_context(silent=True)
    while ctx is not None:
        if ctx.info_name in _WITH_OPTIONS:
            return True
        ctx = ctx.parent
    return False


def _use_store(state: State, project: Project) -> None:
    """Let the store be the project's, where the environment names none."""
    if project.store is None or os.environ.get("PORTCALL_STORE"):
        return
    name = "PORTCALL_STORE" if "://" in project.store else "PORTCALL_HOME"
    if not os.environ.get(name):
        state.set_variable(name, project.store)
        announce(state, project, [f"store {project.store}"])
