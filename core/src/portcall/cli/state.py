"""What one run of a command remembers: whether it may show tracebacks, and what it must never show."""

from __future__ import annotations

import os
from typing import Any

from portcall.previews.known_secrets import KnownSecrets


class State(KnownSecrets):
    """One run of a command.

    Attributes:
        debug: Show tracebacks.
        plugins: Paths of plugins that are files.
        again: The command that authorizes its stored connection again; empty without one.
        as_json: Its output is for a program, and so are its errors.
        project_named: The path that ``--project`` gives; empty without it.
        no_project: Go by no project file.
        project: The project, once it was read; None if there is none.
        project_is_read: It was looked for already.
        announced: What was said of the project, so that it is said once.
        variables: Variables of the environment that the project has set.
    """

    __slots__ = (
        "again",
        "announced",
        "as_json",
        "debug",
        "no_project",
        "plugins",
        "project",
        "project_is_read",
        "project_named",
        "variables",
    )

    def __init__(self) -> None:
        super().__init__()
        self.debug = False
        self.as_json = False
        self.plugins: tuple[str, ...] = ()
        self.again = ""
        self.project_named = ""
        self.no_project = False
        self.project: Any = None
        self.project_is_read = False
        self.announced: list[str] = []
        self.variables: list[str] = []

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the environment for the length of the command."""
        os.environ[name] = value
        self.variables.append(name)

    def unset_variables(self) -> None:
        """Take back what `set_variable` has set."""
        for name in self.variables:
            os.environ.pop(name, None)
        self.variables.clear()
