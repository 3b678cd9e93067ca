"""What a project file says in place of options that were not given: read when click asks for the first."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

import click
from click.core import ParameterSource

from portcall.cli.project.outside_commands import is_outside
from portcall.cli.state import State

OF_PROJECT: Final = ("send", "run")
"""Commands with a table of their own in a project file."""


def is_given(ctx: click.Context, name: str) -> bool:
    """Return whether a value is from the command line or from the environment."""
    source = ctx.get_parameter_source(name)
    return source in {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}


def place_in_project(ctx: click.Context, name: str) -> str:
    """Return where the project's file has the value of a parameter; empty if the value is not from there."""
    if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
        return ""
    from portcall.cli.project.flag_tables import name_of  # noqa: PLC0415  # only where there is a project

    [option] = [each for each in ctx.command.params if each.name == name]
    key = name_of(option) if isinstance(option, click.Option) else name
    project = ctx.obj.project
    table = (ctx.command.name or "", key)
    return str(project.where(*(table if project.says(*table) else (key,))))


class ProjectDefaults(MutableMapping[str, Any]):
    """Values by the names of parameters, as ``default_map`` of click wants them.

    Args:
        command: Whose parameters they are.
        ctx: Where the command was called.
    """

    def __init__(self, command: click.Command, ctx: click.Context) -> None:
        self._command = command
        self._state: State = ctx.obj
        self._is_outside = is_outside(ctx)
        self._values: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __setitem__(self, name: str, value: Any) -> None:
        self._read()[name] = value

    def __delitem__(self, name: str) -> None:
        del self._read()[name]

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            self._values = {} if self._is_outside else self._found()
        return self._values

    def _found(self) -> dict[str, Any]:
        from portcall.cli.project.current_project import project_of  # noqa: PLC0415  # not for --help

        project = project_of(self._state)
        if project is None:
            return {}
        from portcall.cli.project.flag_tables import default_of, options_of  # noqa: PLC0415  # see above

        said = project.flags.get(self._command.name or "", {})
        options = options_of(self._command)
        values: dict[str, Any] = {}
        if project.state is not None and "state" in options:
            values["state"] = f"{project.state}"
        for name, value in said.items():
            option = options[name]
            values[option.name or name] = default_of(option, value, project.path.parent)
        return values
