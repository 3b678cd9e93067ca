"""What the checks of a plugin's code have in common: imports by name, calls, functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from portcall.checks.sources import Source

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each absolute import with the dotted name of what is imported."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


@cache
def _names(source: Source) -> dict[str, str]:
    """Return what names of the file stand for, as its imports say: ``sleep`` for ``time.sleep``."""
    known = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def dotted(source: Source, node: ast.AST) -> str:
    """Return the dotted name that an expression is, imports resolved; empty if it is none."""
    if isinstance(node, ast.Name):
        return _names(source).get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(source, node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def name_of(node: ast.AST) -> str:
    """Return the name that an expression is; empty if it is anything else."""
    return node.id if isinstance(node, ast.Name) else ""


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Yield each call of something with a dotted name."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            name = dotted(source, node.func)
            if name:
                yield node, name


def functions(source: Source) -> Iterator[Function]:
    """Yield each function and method, nested ones included."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def inside_functions(source: Source) -> set[int]:
    """Return the ids of the nodes that run only when a function is called."""
    return {id(node) for each in functions(source) for part in each.body for node in ast.walk(part)}


def parameters(function: Function) -> list[str]:
    """Return the names of the parameters."""
    arguments = function.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def is_asked_by_portcall(source: Source, function: Function) -> bool:
    """Return whether portcall calls the function: a hook, an action, a batch, choices."""
    for each in function.decorator_list:
        named = each.func if isinstance(each, ast.Call) else each
        name = dotted(source, named)
        if name in {"portcall.hookimpl", "portcall.action", "portcall.on_delete"}:
            return True
        if isinstance(named, ast.Attribute) and named.attr in {"batch", "choices", "on_save"}:
            return True
    return False
