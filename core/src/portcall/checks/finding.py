"""What a check found: where it is, how bad it is, and what to do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

import attrs

Place: TypeAlias = tuple[str | None, int | None]
"""A file and a line in it."""
NOWHERE: Final[Place] = (None, None)


class Severity(StrEnum):
    """How bad a finding is; the worst is named first."""

    ERROR = "error"
    """Users of the plugin run into it: it fails, loses events or shows a secret."""

    BEFORE_PUBLISHING = "before publishing"
    """It works here; mend it before others install it."""

    SUGGESTION = "suggestion"
    """It works; it could serve its users better."""


@attrs.frozen
class Finding:
    """One thing that a check found.

    Args:
        code: The code of the check: ``"PC101"``.
        severity: How bad it is.
        text: What is wrong, naming the hook, field, action or file.
        advice: What to do, beginning with a verb.
        file: Where it is, if the place is known.
        line: The line there, counted from 1.
    """

    code: str
    severity: Severity
    text: str
    advice: str
    file: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """``file:line`` from the current folder, as far as it is known; empty if it is not."""
        if self.file is None:
            return ""
        path, here = Path(self.file).resolve(), Path.cwd()
        near = path.relative_to(here) if path.is_relative_to(here) else path
        return f"{near}" if self.line is None else f"{near}:{self.line}"

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.code} {self.text}; {self.advice}"
