"""PC170 to PC172 and PC179: state that connections would share."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.source_code.code_reading import (
    Function,
    dotted,
    functions,
    parameters,
)
from portcall.checks.sources import Source
from portcall.checks.subject import Subject

_MUTABLE_CALLS: Final = {
    "dict", "list", "set", "collections.defaultdict", "collections.OrderedDict", "collections.deque",
    "collections.Counter", "bytearray",
}  # fmt: skip
_CHANGING: Final = {
    "append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "clear", "remove",
    "discard", "appendleft",
}  # fmt: skip
_CUSTOMERS: Final = {"settings", "auth", "client"}
_CACHES: Final = {"functools.cache", "functools.lru_cache"}


@as_check(
    "PC170",
    "no-shared-state",
    Severity.ERROR,
    "No hook or action keeps state in its module.",
    needs=Needs.SOURCES,
)
def no_shared_state(subject: Subject) -> Iterator[Finding]:
    """One module serves all customers, in many threads: what one call leaves there, another finds.

    State that has to last belongs to the connection: return it as ``auth``.
    """
    for source in _many_customers(subject):
        names = _mutable_names(source)
        for function in functions(source):
            for node, name in _changes(function, names):
                yield no_shared_state.finding(
                    f"{function.name} changes {name!r}, which all connections share",
                    "keep it in the function, or return it as auth",
                    source.at(node),
                )


@as_check(
    "PC171",
    "no-cached-customers",
    Severity.ERROR,
    "Nothing is cached across connections.",
    needs=Needs.SOURCES,
)
def no_cached_customers(subject: Subject) -> Iterator[Finding]:
    """A cache with settings, auth or client as its key keeps the credentials of every customer forever."""
    for source in _many_customers(subject):
        for function in functions(source):
            named = [
                each.func if isinstance(each, ast.Call) else each
                for each in function.decorator_list
            ]
            cached = any(dotted(source, each) in _CACHES for each in named)
            if cached and _CUSTOMERS.intersection(parameters(function)):
                yield no_cached_customers.finding(
                    f"{function.name} is cached by what belongs to one customer",
                    "remove the cache, or cache by a value that is not a secret",
                    source.at(function),
                )


@as_check(
    "PC172",
    "no-changed-values",
    Severity.ERROR,
    "Settings, auth and payload are left as they are.",
    needs=Needs.SOURCES,
)
def no_changed_values(subject: Subject) -> Iterator[Finding]:
    """Threads and later attempts share these values: return a changed copy, ``attrs.evolve(auth, ...)``."""
    handed = {"settings", "auth", "payload", "event", "request", "response"}
    for source in subject.sources:
        for function in functions(source):
            own = handed.intersection(parameters(function))
            for node in ast.walk(function):
                if id(node) and _changed(source, node) in own:
                    yield no_changed_values.finding(
                        f"{function.name} changes {_changed(source, node)!r}",
                        "make a copy with what differs: attrs.evolve(...), {**event, ...}",
                        source.at(node),
                    )


@as_check(
    "PC179",
    "defaults-immutable",
    Severity.ERROR,
    "No function has a default that can change.",
    needs=Needs.SOURCES,
)
def defaults_immutable(subject: Subject) -> Iterator[Finding]:
    """All calls share a list or dict that is a default: the next customer's call finds what one added."""
    for source in subject.sources:
        for function in functions(source):
            for default in (*function.args.defaults, *function.args.kw_defaults):
                if default is not None and _is_mutable(source, default):
                    yield defaults_immutable.finding(
                        f"{function.name} has a default that can change",
                        "take None or () for the default",
                        source.at(default),
                    )


CODE_STATE: Final = (
    no_shared_state,
    no_cached_customers,
    no_changed_values,
    defaults_immutable,
)


def _many_customers(subject: Subject) -> tuple[Source, ...]:
    return subject.sources if subject.kind in {"destination", "scheme"} else ()


def _mutable_names(source: Source) -> set[str]:
    """Return the names of the module that hold something that can change."""
    found = set()
    for node in source.tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None and _is_mutable(source, value):
            found.add(target.id)
    return found


def _is_mutable(source: Source, node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return dotted(source, node.func) in _MUTABLE_CALLS
    return isinstance(
        node, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    )


def _changes(function: Function, names: set[str]) -> Iterator[tuple[ast.AST, str]]:
    """Yield what a function does to the names of its module."""
    own = {
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    stated = {name for n in ast.walk(function) if isinstance(n, ast.Global) for name in n.names}
    shared = names - (own - stated) - set(parameters(function))
    for node in ast.walk(function):
        owner = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value if node.func.attr in _CHANGING else None
        if isinstance(owner, ast.Name) and owner.id in shared:
            yield node, owner.id


def _changed(source: Source, node: ast.AST) -> str:
    """Return the name whose attribute or item a node sets; empty if it sets none."""
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
        node.ctx, ast.Store | ast.Del
    ):
        return node.value.id if isinstance(node.value, ast.Name) else ""
    if isinstance(node, ast.Call) and dotted(source, node.func) in {
        "setattr",
        "object.__setattr__",
    }:
        first = node.args[0] if node.args else None
        return first.id if isinstance(first, ast.Name) else ""
    return ""
