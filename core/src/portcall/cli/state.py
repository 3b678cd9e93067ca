"""What one run of a command remembers: whether it may show tracebacks, and what it must never show."""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import Any, Final

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class State:
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
        "_kept",
        "_redactor",
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
        self._kept: list[object] = []
        self._redactor: Any = None

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the environment for the length of the command."""
        os.environ[name] = value
        self.variables.append(name)

    def unset_variables(self) -> None:
        """Take back what `set_variable` has set."""
        for name in self.variables:
            os.environ.pop(name, None)
        self.variables.clear()

    def remember(self, *objects: object) -> None:
        """Never show the secrets that are in *objects*: settings, credentials, what was typed."""
        self._kept += objects
        self._redactor = None

    @property
    def redactor(self) -> Any:
        """Takes every secret that was remembered out of any text."""
        redactor = self._redactor  # another thread may remember something meanwhile
        if redactor is None:
            # Not at the top: `portcall --help` has no secrets and should not wait for this.
            redaction = import_module("portcall.redaction")
            redactor = self._redactor = redaction.Redactor(redaction.secrets_in(*self._kept))
        return redactor

    def redact(self, text: str) -> str:
        """Return *text* with ``***`` in place of secrets."""
        return str(self.redactor(text)) if self._kept else text

    def clean(self, text: str) -> str:
        """Return *text* without secrets and without characters that steer a terminal."""
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", self.redact(text))

    def line(self, text: str) -> str:
        """Return *text* clean and on one line."""
        return " ".join(self.clean(text).split())
