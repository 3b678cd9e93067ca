"""PC176 to PC178: errors in the code of a plugin: swallowed, or not portcall's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.source_code.code_reading import (
    dotted,
    functions,
    is_asked_by_portcall,
)
from portcall.checks.subject import Subject

_SWALLOWED: Final = {"", "Exception", "BaseException"}
_BUILTIN_ERRORS: Final = {
    "Exception", "RuntimeError", "ValueError", "TypeError", "KeyError", "OSError", "LookupError",
    "AssertionError", "ConnectionError", "TimeoutError", "BaseException",
}  # fmt: skip


@as_check(
    "PC176",
    "no-swallowed-errors",
    Severity.ERROR,
    "No error is swallowed.",
    needs=Needs.SOURCES,
)
def no_swallowed_errors(subject: Subject) -> Iterator[Finding]:
    """After ``except Exception: pass``, an event that was refused counts as delivered."""
    for source in subject.sources:
        for node in source.nodes:
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = dotted(source, node.type) if node.type is not None else ""
            if node.type is not None and not caught:
                continue
            if caught in _SWALLOWED and all(map(_does_nothing, node.body)):
                yield no_swallowed_errors.finding(
                    f"swallows every error (except{f' {caught}' if caught else ''})",
                    "catch the one error that is meant, or let it out",
                    source.at(node),
                )


@as_check(
    "PC177",
    "own-errors",
    Severity.BEFORE_PUBLISHING,
    "Hooks and actions raise errors of portcall.",
    needs=Needs.SOURCES,
)
def own_errors(subject: Subject) -> Iterator[Finding]:
    """One of Python's own exceptions out of a hook or an action counts as a bug, and stops the run.

    For an event that the destination refuses, return ``Outcome.rejected(...)`` or raise
    ``RequestError``.
    """
    for source in subject.sources:
        for function in functions(source):
            if not is_asked_by_portcall(source, function):
                continue
            for node in ast.walk(function):
                raised = node.exc if isinstance(node, ast.Raise) else None
                raised = raised.func if isinstance(raised, ast.Call) else raised
                name = dotted(source, raised) if raised is not None else ""
                if name in _BUILTIN_ERRORS:
                    yield own_errors.finding(
                        f"{function.name} raises {name}",
                        "raise an error of portcall, or return an Outcome",
                        source.at(node),
                    )


@as_check(
    "PC178",
    "no-asserts",
    Severity.BEFORE_PUBLISHING,
    "No condition is checked by an assert.",
    needs=Needs.SOURCES,
)
def no_asserts(subject: Subject) -> Iterator[Finding]:
    """``python -O`` removes asserts; without that option, one that fails counts as a bug of the plugin."""
    for source in subject.sources:
        for node in source.nodes:
            if isinstance(node, ast.Assert):
                yield no_asserts.finding(
                    "checks with assert", "raise an error of portcall", source.at(node)
                )


CODE_ERRORS: Final = (
    no_swallowed_errors,
    own_errors,
    no_asserts,
)


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Continue | ast.Break):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
