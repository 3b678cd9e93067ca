"""What a project file says in place of options that were not given: read when click asks for the first."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

import click
from click.core import ParameterSource

from portcall.cli.state import State

OF_PROJECT: Final = ("send", "run")
"""Commands with a table of their own in a project file."""

OUTSIDE: Final = ("completion", "demo", "init", "new", "plugins", "schema")
"""Commands that go by no project: they are of use where its file is wrong."""


def is_given(ctx: click.Context, name: str) -> bool:
    """Return whether a value is from the command line or from the environment."""
    source = ctx.get_parameter_source(name)
    return source in {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}


class ProjectDefaults(MutableMapping[str, Any]):
    """Values by the names of parameters, as ``default_map`` of click wants them.

    Args:
        command: Whose parameters they are.
        state: Knows which project file is in use.
        name: The command's name.
    """

    def __init__(self, command: click.Command, state: State, name: str) -> None:
        self._command = command
        self._state = state
        self._name = name
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
            self._values = {} if self._name in OUTSIDE else self._found()
        return self._values

    def _found(self) -> dict[str, Any]:
        from portcall.cli.project.current_project import project_of  # noqa: PLC0415  # not for --help

        project = project_of(self._state)
        if project is None:
            return {}
        from portcall.cli.project.flag_tables import default_of, options_of  # noqa: PLC0415  # see above

        said = project.flags.get(self._name, {})
        options = options_of(self._command)
        values: dict[str, Any] = {}
        if project.state is not None and "state" in options:
            values["state"] = f"{project.state}"
        for name, value in said.items():
            option = options[name]
            values[option.name or name] = default_of(option, value, project.path.parent)
        return values
