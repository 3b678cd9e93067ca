"""What a destination file declares to its scheme: a table that becomes the answer of the scheme's hook."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from portcall.declarative.scopes import Scope
from portcall.declarative.templates import Render, Values, text_template, value_template
from portcall.errors import HookError
from portcall.secret import Secret

Build: TypeAlias = Callable[[Values], Any]

_OURS: Final = re.compile(r"\{\{\s*(?:settings|auth)\.[^{}]*\}\}")
_MOST_LEVELS: Final = 20


def declared_hook(scheme: object, name: str) -> tuple[str, type[Any]]:
    """Return the hook that a scheme brings for its declarations, and the class of its answers.

    Raises:
        HookError: The scheme brings no such hook: it declares nothing.
    """
    for hook, function in vars(scheme).items():
        if not hasattr(function, "portcall_spec"):
            continue
        for answer in _members(get_type_hints(function).get("return")):
            if attrs.has(answer):
                return hook, answer
    raise HookError(f"the scheme {name!r} takes no declarations: leave the table [{name}] out")


def compile_declaration(
    cls: type[Any], table: Mapping[str, Any], at: tuple[str, ...], scope: Scope
) -> Build:
    """Compile a table into what makes an instance of *cls* for some settings.

    A nested class is a table; where several classes are possible, the table has one key, the class's
    name in lower case with underscores: ``sent = { in_header = { name = "X-Session" } }``. A nested
    table is left out for settings that lack a value which the table must have.
    """
    return _build_class(cls, table, at, scope, 0)


def _build_class(
    cls: type[Any], table: Any, at: tuple[str, ...], scope: Scope, level: int
) -> Build:
    hints = get_type_hints(cls)
    known = {f.alias: hints.get(f.name, Any) for f in attrs.fields(cls) if f.init}
    if not isinstance(table, Mapping) or level > _MOST_LEVELS:
        scope.report(at, f"must be a table of a {cls.__name__}: {', '.join(known)}")
        return lambda _: None
    members: dict[str, Build] = {}
    for name, node in table.items():
        if name not in known:
            scope.report((*at, name), f"`{name}` is not one of {', '.join(known)}")
            continue
        members[name] = _build(known[name], node, (*at, name), scope, level + 1)
    needed = [p.name for p in signature(cls).parameters.values() if p.default is p.empty]
    for name in needed:
        if name not in table:
            scope.report(at, f"`{name}` is missing")

    def build(values: Values) -> Any:
        made = {name: member(values) for name, member in members.items()}
        if level and any(made.get(name) is None for name in needed):
            return None  # what another way of signing in needs
        return cls(**made)

    return build


def _build(hint: Any, node: Any, at: tuple[str, ...], scope: Scope, level: int) -> Build:
    classes = [each for each in _members(hint) if attrs.has(each)]
    if isinstance(node, Mapping) and classes:
        if len(classes) == 1:
            return _build_class(classes[0], node, at, scope, level)
        return _build_one_of(classes, node, at, scope, level)
    inner = _item_hint(hint)
    if inner is not None and isinstance(node, list) and any(map(attrs.has, _members(inner))):
        items = [_build(inner, each, (*at, f"{n}"), scope, level) for n, each in enumerate(node)]
        return lambda values: tuple(item(values) for item in items)
    value = _value_hint(hint)
    if value is not None and isinstance(node, Mapping) and any(map(attrs.has, _members(value))):
        members = {k: _build(value, v, (*at, k), scope, level) for k, v in node.items()}
        return lambda values: {k: member(values) for k, member in members.items()}
    return _leaf(node, at, scope)


def _build_one_of(
    classes: Sequence[type[Any]],
    node: Mapping[str, Any],
    at: tuple[str, ...],
    scope: Scope,
    level: int,
) -> Build:
    named = {_snake(cls.__name__): cls for cls in classes}
    if len(node) != 1 or next(iter(node)) not in named:
        scope.report(at, f"must be a table with one of {', '.join(named)}")
        return lambda _: None
    name, table = next(iter(node.items()))
    return _build_class(named[name], table, (*at, name), scope, level)


def _leaf(node: Any, at: tuple[str, ...], scope: Scope) -> Build:
    """Compile a value; only ``{{settings.x}}`` and ``{{auth.x}}`` are ours, other braces the scheme's."""
    if isinstance(node, str):
        return _text(node, at, scope)
    if isinstance(node, Mapping):
        members = {name: _leaf(each, (*at, name), scope) for name, each in node.items()}
        return lambda values: {name: member(values) for name, member in members.items()}
    if isinstance(node, list):
        items = [_leaf(each, (*at, f"{n}"), scope) for n, each in enumerate(node)]
        return lambda values: [item(values) for item in items]
    return value_template(node, at, scope)


def _text(source: str, at: tuple[str, ...], scope: Scope) -> Render:
    marks = list(_OURS.finditer(source))
    if not marks:
        return lambda _: source
    if len(marks) == 1 and marks[0].span() == (0, len(source)):
        return text_template(source, at, scope)
    parts: list[str | Render] = []
    done = 0
    for mark in marks:
        parts += [source[done : mark.start()], text_template(mark[0], at, scope)]
        done = mark.end()
    parts.append(source[done:])

    def render(values: Values) -> Any:
        found = [part if isinstance(part, str) else part(values) for part in parts]
        text = "".join(["" if value is None else f"{value}" for value in found])
        return Secret(text) if any(isinstance(value, Secret) for value in found) else text

    return render


def _members(hint: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the one type."""
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _item_hint(hint: Any) -> Any:
    for each in _members(hint):
        origin = get_origin(each)
        if isinstance(origin, type) and issubclass(origin, Sequence):
            return get_args(each)[0]
    return None


def _value_hint(hint: Any) -> Any:
    for each in _members(hint):
        origin = get_origin(each)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return get_args(each)[1]
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
