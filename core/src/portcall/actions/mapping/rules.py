"""What may stand where in a mapping: small rules that collect every problem they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import attrs

from portcall.actions.mapping.values import is_truthy, type_name
from portcall.errors import Problem

METADATA = "_metadata"
"""The one key that may stand beside a directive; editors keep labels there."""


@attrs.frozen
class Checker:
    """Walks a mapping and notes what is wrong with it.

    Args:
        directives: The rule for what each directive holds, by name with its ``@``.
        suggest: The name most like one that is not known, as a sentence; may be empty.
        problems: Filled while walking.
    """

    directives: Mapping[str, Rule]
    suggest: Callable[[str], str]
    problems: list[Problem] = attrs.field(factory=list)

    def report(self, at: str, message: str) -> None:
        """Note one problem; the message goes on from the place: ``"must be a string"``."""
        self.problems.append(Problem(at, f"{at or '/'} {message}."))

    def reject(self, at: str, wanted: str, node: object) -> None:
        """Note that a node is not what it must be."""
        is_what = "directive" if has_directive_key(node) else type_name(node)
        self.report(at, f"must be {wanted}; it is {_with_article(is_what)}")

    def value(self, node: Any, at: str) -> None:
        """A value of a mapping: directives in any object, also deep inside."""
        if has_directive_key(node):
            self.directive(node, at)
        elif isinstance(node, dict):
            for key, item in node.items():
                self.value(item, pointer(at, key))
        elif isinstance(node, list):
            self.members(node, at)

    def members(self, node: Any, at: str) -> None:
        """What is inside a list or a literal: there, an object may have keys like ``@type``."""
        if isinstance(node, dict):
            for key, item in node.items():
                self.loose(item, pointer(at, key))
        elif isinstance(node, list):
            for index, item in enumerate(node):
                self.loose(item, pointer(at, index))

    def loose(self, node: Any, at: str) -> None:
        """A directive if all its keys say so, else any value."""
        if is_directive(node):
            self.directive(node, at)
        else:
            self.members(node, at)

    def directive(self, node: dict[str, Any], at: str) -> None:
        """An object with exactly one directive."""
        names = [key for key in node if key.startswith("@")]
        if len(names) > 1 or not is_directive(node):
            self.report(at, f"must have one @-key and nothing else; it has {_listed(node)}")
        elif names[0] not in self.directives:
            self.report(at, f"has no valid directive: {names[0]}{self.suggest(names[0])}")
        else:
            self.directives[names[0]](self, node[names[0]], pointer(at, names[0]))


Rule = Callable[[Checker, Any, str], None]
"""Checks one node and reports what is wrong: checker, node, its JSON pointer."""


def has_directive_key(node: object) -> TypeGuard[dict[str, Any]]:
    """Whether a node is an object with a key that starts with ``@``."""
    return isinstance(node, dict) and any(key.startswith("@") for key in node)


def is_directive(node: object) -> TypeGuard[dict[str, Any]]:
    """Whether a node is applied, not copied: nothing but @-keys and metadata."""
    return has_directive_key(node) and all(key.startswith("@") or key == METADATA for key in node)


def pointer(at: str, *keys: object) -> str:
    """A JSON pointer, some keys deeper (RFC 6901)."""
    return at + "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def anything(checker: Checker, node: Any, at: str) -> None:
    """Any value, with directives inside."""
    checker.value(node, at)


def literal(checker: Checker, node: Any, at: str) -> None:
    """A directive, or any value as in a list."""
    if has_directive_key(node):
        checker.directive(node, at)
    else:
        checker.members(node, at)


def something(checker: Checker, node: Any, at: str) -> None:
    """Any value except those that JavaScript takes for false, which the directive cannot work on."""
    if is_truthy(node):
        checker.value(node, at)
    else:
        checker.report(at, "must not be empty, zero, false or null")


def string_or_directive(checker: Checker, node: Any, at: str) -> None:
    """A text, or a directive that makes one."""
    if has_directive_key(node):
        checker.directive(node, at)
    elif not isinstance(node, str):
        checker.reject(at, "a string or a directive", node)


def object_or_directive(checker: Checker, node: Any, at: str) -> None:
    """An object, or a directive that makes one."""
    if isinstance(node, dict):
        checker.value(node, at)
    else:
        checker.reject(at, "an object or a directive", node)


def boolean(checker: Checker, node: Any, at: str) -> None:
    """True or false."""
    if not isinstance(node, bool):
        checker.reject(at, "a boolean", node)


def string(least: int = 0, most: int | None = None) -> Rule:
    """A text of some length, in characters."""

    def check(checker: Checker, node: Any, at: str) -> None:
        if not isinstance(node, str):
            checker.reject(at, "a string", node)
        elif len(node) < least:
            checker.report(at, "must not be empty")
        elif most is not None and len(node) > most:
            checker.report(at, f"must have at most {most} characters; it has {len(node)}")

    return check


def one_of(*names: str, any_case: bool = False) -> Rule:
    """One of a few words."""
    wanted = f"one of {', '.join(map(repr, names))}"

    def check(checker: Checker, node: Any, at: str) -> None:
        if not isinstance(node, str):
            checker.reject(at, wanted, node)
        elif (node.lower() if any_case else node) not in names:
            checker.report(at, f"must be {wanted}; it is {node!r}")

    return check


def list_of(rule: Rule) -> Rule:
    """A list with one rule for its items."""

    def check(checker: Checker, node: Any, at: str) -> None:
        if not isinstance(node, list):
            checker.reject(at, "an array", node)
            return
        for index, item in enumerate(node):
            rule(checker, item, pointer(at, index))

    return check


def options(required: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    """An object with a rule for each key; keys without a rule hold any value."""
    rules = {**required, **optional}

    def check(checker: Checker, node: Any, at: str) -> None:
        if not isinstance(node, dict) or has_directive_key(node):
            checker.reject(at, "an object", node)
            return
        for key in required:
            if key not in node:
                checker.report(at, f"needs {key!r}")
        for key, item in node.items():
            rules.get(key, anything)(checker, item, pointer(at, key))

    return check


def _listed(node: dict[str, Any]) -> str:
    return ", ".join(map(repr, node))


def _with_article(noun: str) -> str:
    return (
        noun if noun in {"null", "undefined"} else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    )
