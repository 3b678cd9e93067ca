"""PC140 to PC159: actions that can be offered to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portcall.checks.check import as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject


@as_check("PC140", "actions-offered", Severity.ERROR, "A destination has at least one action.")
def offered(subject: Subject) -> Iterator[Finding]:
    """Events reach a destination through its actions: one without any can receive nothing."""
    if isinstance(subject.offered, Exception):
        raise subject.offered
    if not subject.offered:
        yield offered.finding(
            "it has no actions", "return what it can do with an event from the hook actions"
        )


@as_check("PC141", "action-title", Severity.ERROR, "Every action has a title.")
def titled(subject: Subject) -> Iterator[Finding]:
    """People choose an action by its title: two or three words that say what it does."""
    for action in subject.actions:
        if not action.title.strip():
            yield titled.finding(
                f"action {action.name!r} has no title",
                "say in two or three words what it does: @action(title=...)",
                subject.place_of_action(action),
            )


OFFERING: Final = (offered, titled)
