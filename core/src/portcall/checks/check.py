"""One check: its code, what it holds a plugin to, and the function that looks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from portcall.checks.finding import NOWHERE, Finding, Place, Severity

if TYPE_CHECKING:
    from portcall.checks.subject import Subject

Run: TypeAlias = "Callable[[Subject], Iterable[Finding]]"


class Needs(Enum):
    """What a check looks at; without it the check is skipped. The value says why."""

    NOTHING = ""
    PLUGIN = "the plugin cannot be imported"
    DESTINATION = "it is not a destination that can be loaded"
    CONNECTION = "no connection can be opened with its settings"
    SOURCES = "its source is not at hand"
    PROJECT = "it is part of no distribution"
    FOLDER = "the folder of its project is not at hand"


@attrs.frozen
class Check:
    """One thing that is expected of a plugin.

    Args:
        code: ``"PC"`` and three digits, the first for the group; never given to another check.
        name: A few words with hyphens between them, as pytest shows them.
        severity: How bad it is not to pass.
        title: The expectation as one sentence.
        run: Returns what is found in a plugin, nothing if it passes.
        needs: What has to be at hand.
    """

    code: str
    name: str
    severity: Severity
    title: str
    run: Run = attrs.field(repr=False)
    needs: Needs = Needs.DESTINATION

    @property
    def about(self) -> str:
        """The paragraph about it: why it matters and what to do."""
        return inspect.getdoc(self.run) or ""

    def finding(self, text: str, advice: str, at: Place = NOWHERE) -> Finding:
        """Return a finding with this check's own code and severity.

        Args:
            text: What is wrong, naming the hook, field, action or file.
            advice: What to do, beginning with a verb.
            at: The file and line, as far as they are known.
        """
        return Finding(self.code, self.severity, text, advice, *at)


def as_check(
    code: str, name: str, severity: Severity, title: str, *, needs: Needs = Needs.DESTINATION
) -> Callable[[Run], Check]:
    """Make a function that looks at a `Subject` a `Check`; its docstring is the paragraph about it.

    Example::

        @as_check("PC120", "titles", Severity.ERROR, "Every action has a title.")
        def titles(subject: Subject) -> Iterator[Finding]:
            \"\"\"People choose an action by its title.\"\"\"
            for action in subject.actions:
                if not action.title:
                    yield titles.finding(f"action {action.name!r} has no title", "add one")
    """
    return lambda run: Check(code, name, severity, title, run, needs)
