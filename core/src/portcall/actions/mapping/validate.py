"""Is a mapping valid? Every problem at once, each with its JSON pointer."""

from __future__ import annotations

import difflib
from typing import Any, Final

from portcall.actions.mapping import choosing, hashing, reading, shaping
from portcall.actions.mapping.authoring import Directive
from portcall.actions.mapping.rules import Checker, pointer
from portcall.actions.mapping.spec import Spec
from portcall.actions.mapping.values import is_array, is_object, spread, type_name
from portcall.errors import Problem

DIRECTIVES: Final[dict[str, Spec]] = {
    **reading.SPECS,
    **choosing.SPECS,
    **shaping.SPECS,
    **hashing.SPECS,
}
"""Every directive by its name."""

_RULES: Final = {name: spec.check for name, spec in DIRECTIVES.items()}
_ROOT_KEY: Final = "__segment_internal_directive"
_MOST_LEVELS: Final = 100


def validate_mapping(mapping: object) -> tuple[Problem, ...]:
    """Everything that is wrong with a mapping.

    Args:
        mapping: JSON, with `Directive` values where directives may stand.

    Returns:
        One problem each, ``path`` its JSON pointer; empty for a valid mapping.
    """
    return examine(mapping)[1]


def examine(mapping: object) -> tuple[Any, tuple[Problem, ...]]:
    """A mapping as plain JSON of our own, and what is wrong with it.

    Args:
        mapping: As for `validate_mapping`; never changed.

    Returns:
        Objects of unique nodes, ready to compile if there are no problems.
    """
    checker = Checker(_RULES, _suggest)
    node = _root(checker, _plain(checker, mapping, "", 0))
    if not checker.problems:
        checker.value(node, "")
    return node, tuple(checker.problems)


def _plain(checker: Checker, node: object, at: str, level: int) -> Any:
    """A copy of plain JSON; what cannot be part of it is a problem."""
    if level > _MOST_LEVELS:
        checker.report(at, f"is nested more than {_MOST_LEVELS} levels deep")
    elif isinstance(node, Directive):
        return {node.name: _plain(checker, node.argument, pointer(at, node.name), level + 1)}
    elif is_object(node):
        return _plain_object(checker, node, at, level)
    elif is_array(node):
        items = enumerate(node)
        return [_plain(checker, item, pointer(at, key), level + 1) for key, item in items]
    elif node is None or isinstance(node, (str, int, float)):
        return node
    else:
        checker.report(at, f"must be JSON; it is a Python {type(node).__name__}")
    return None


def _plain_object(checker: Checker, node: Any, at: str, level: int) -> dict[str, Any]:
    for key in node:
        if not isinstance(key, str):
            checker.report(at, f"must have strings as keys; it has a Python {type(key).__name__}")
    return {
        key: _plain(checker, item, pointer(at, key), level + 1)
        for key, item in node.items()
        if isinstance(key, str)
    }


def _root(checker: Checker, node: Any) -> Any:
    """What to apply: the object itself, or the directive that is to work on all its fields."""
    if node is None and not checker.problems:
        checker.reject("", "an object", node)
    fields = dict(spread(node))
    if _ROOT_KEY not in fields:
        return fields
    root = fields.pop(_ROOT_KEY)
    if not isinstance(root, dict) or len(root) != 1:
        checker.report(pointer("", _ROOT_KEY), "must be an object with one directive")
        return fields
    [(name, argument)] = root.items()
    if isinstance(argument, dict):
        return {name: {**argument, "mapping": fields}}
    if not isinstance(argument, list):
        found = type_name(argument)
        checker.report(pointer("", _ROOT_KEY, name), f"must be an object; it is a {found}")
    return root


def _suggest(name: str) -> str:
    close = difflib.get_close_matches(name, DIRECTIVES, n=1)
    return f" (did you mean {close[0]}?)" if close else f" (there are {', '.join(DIRECTIVES)})"
