"""PC140 to PC143, PC153 and PC154: actions that can be offered to people, and do what they declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from portcall.actions.action import Action
from portcall.checks.check import as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject


@as_check("PC140", "actions-offered", Severity.ERROR, "A destination has at least one action.")
def offered(subject: Subject) -> Iterator[Finding]:
    """Events reach a destination through its actions; a destination without any receives nothing."""
    if isinstance(subject.offered, Exception):
        raise subject.offered
    if not subject.offered:
        yield offered.finding(
            "it has no actions",
            "return what it can do with an event from the hook actions",
            subject.place_of_function("actions"),
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


@as_check(
    "PC142", "action-description", Severity.BEFORE_PUBLISHING, "Every action has a docstring."
)
def described(subject: Subject) -> Iterator[Finding]:
    """The first paragraph of the docstring is the action's description for users."""
    for action in subject.actions:
        if not action.description.strip():
            yield described.finding(
                f"action {action.name!r} has no description",
                "write a docstring that says what it does at the destination; "
                "in a destination file, add its description",
                subject.place_of_action(action),
            )


@as_check("PC143", "action-names", Severity.ERROR, "No two actions have the same name.")
def named(subject: Subject) -> Iterator[Finding]:
    """Of two actions with the same name, only the last can be used."""
    for name, times in Counter(action.name for action in subject.actions).items():
        if times > 1:
            yield named.finding(
                f"{times} actions are called {name!r}", "rename all functions but one",
                subject.place_of_function("actions"),
            )  # fmt: skip


@as_check("PC153", "actions-listed", Severity.ERROR, "Every action of the module is offered.")
def listed(subject: Subject) -> Iterator[Finding]:
    """An action that the hook ``actions`` does not return cannot be used."""
    names = [action.name for action in subject.actions]
    for attribute, value in _attributes(subject.plugin):
        if isinstance(value, Action) and value.name not in names and subject.actions:
            yield listed.finding(
                f"action {attribute!r} is not among those that the hook actions returns",
                "add it there, or remove it",
                subject.place_of_action(value),
            )


@as_check("PC154", "sync-mode-used", Severity.ERROR, "An action with sync modes looks at the mode.")
def sync_mode_used(subject: Subject) -> Iterator[Finding]:
    """A person who chose "delete" must not get an update: ask for ``sync_mode``, or declare one mode only."""
    for action in subject.actions:
        names = [*action.arguments, *(action.batching.callee.names if action.batching else ())]
        if len(action.sync_modes) > 1 and "sync_mode" not in names:
            yield sync_mode_used.finding(
                f"action {action.name!r} has the sync modes {', '.join(action.sync_modes)} and "
                "never learns which is meant",
                "ask for the argument sync_mode",
                subject.place_of_action(action),
            )


OFFERING: Final = (
    offered,
    titled,
    described,
    named,
    listed,
    sync_mode_used,
)


def _attributes(plugin: object) -> Iterator[tuple[str, Any]]:
    for name in dir(plugin):
        if not name.startswith("__"):
            yield name, getattr(plugin, name, None)
