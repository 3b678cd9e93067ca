"""The nodes of a mapping as lines: paths, templates and choices; all others as their closures."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any, Final

from portcall.actions.mapping.compiler import compile_node
from portcall.actions.mapping.paths import Key, follow, parse_path
from portcall.actions.mapping.placeholders import parse_template
from portcall.actions.mapping.rules import is_directive, pointer
from portcall.actions.mapping.spec import Want
from portcall.actions.mapping.values import MISSING, USUAL_BELOW, USUAL_FROM, is_truthy, text
from portcall.actions.payloads.source import Source
from portcall.requests.json_bodies import bare_encoder

_NOTHING: Final[dict[str, Any]] = {}
_AS_OBJECT: Final = object()
"""Stands behind the keys of a path for the variable that holds an object for certain."""

_AS_VALUE: Final = object()
"""Stands there for the variable that holds what lies at the end of the path, or MISSING."""


def repeated_paths(node: dict[str, Any]) -> frozenset[tuple[Key, ...]]:
    """Return the paths that several fields of a mapping read, or one field several times."""
    counts = Counter(chain.from_iterable(map(_paths, node.values())))
    return frozenset(path for path, count in counts.items() if count > 1)


def _paths(node: object) -> list[tuple[Key, ...]]:
    if not isinstance(node, dict):
        return []
    path, template = node.get("@path"), node.get("@template")
    if isinstance(path, str):
        return [parse_path(path)]
    return [hole for _, hole in parse_template(template)[0]] if isinstance(template, str) else []


def write_node(source: Source, node: Any, at: str, target: str, *, needed: bool = False) -> bool:
    """Write what makes the value of one node and puts it into a variable.

    Args:
        source: The function so far.
        node: Valid, plain JSON.
        at: JSON pointer of the node.
        target: The variable.
        needed: There has to be a value.

    Returns:
        Whether the value may be a part of the event, which must not get into a payload.
    """
    if isinstance(node, dict) and is_directive(node):
        [(name, argument)] = [(k, v) for k, v in node.items() if k.startswith("@")]
        if name == "@path" and isinstance(argument, str):
            _path(source, parse_path(argument), target, needed=needed)
            return True
        if name == "@template" and isinstance(argument, str):
            _template(source, argument, target)
            return False
        if name == "@if" and "exists" in argument:
            return _exists(source, argument, pointer(at, name), target)
    if isinstance(node, dict | list):
        run = source.value(compile_node(node, Want.KEEP, at))
        source.line(f"{target} = {run}(event)")
    else:
        source.line(f"{target} = {source.value(node)}")
    return False


def _path(source: Source, keys: tuple[Key, ...], target: str, *, needed: bool = False) -> None:
    """Follow objects in line; lists, texts and what is in the way are left to `follow`.

    Args:
        source: The function so far.
        keys: From `parse_path`.
        target: The variable.
        needed: Without a value the function has to start again in the usual way; so it may at once.
    """
    if not keys:
        source.line(f"{target} = event")
        return
    end = (*(name for name, _ in keys), _AS_VALUE)
    known = source.place(end)
    if known is not None:
        source.line(f"{target} = {known}")
        return
    if needed and not _is_place(keys[-1]):
        found = f"{_object(source, keys[:-1])}[{source.value(keys[-1][0])}]"
    else:
        found = _step(source, keys, absent=MISSING)
    if keys in source.repeated:
        known = source.variable()  # as a check may put something else into the target
        source.remember(end, known)
        source.line(f"{target} = {known} = {found}")
    else:
        source.line(f"{target} = {found}")


def _holder(source: Source, keys: tuple[Key, ...]) -> str:
    """Return the variable with what a path goes through; what several paths go through is read once."""
    if not keys:
        return "event"
    names = tuple(name for name, _ in keys)
    known = source.place(names)
    if known is None:
        known = source.variable()
        # An empty object instead of MISSING on the way: the next step needs no test.
        source.line(f"{known} = {_step(source, keys, absent=_NOTHING)}")
        source.remember(names, known)
    return known


def _object(source: Source, keys: tuple[Key, ...]) -> str:
    """Return the variable with the object that a path goes through; a null has nothing inside."""
    holder = _holder(source, keys)
    if not keys:
        return holder
    names = (*(name for name, _ in keys), _AS_OBJECT)
    known = source.place(names)
    if known is None:
        known = source.variable()
        other = f"{source.value(_nothing_inside)}({holder})"
        source.line(f"{known} = {holder} if {is_a(source, holder, dict)} else {other}")
        source.remember(names, known)
    return known


def _nothing_inside(value: object) -> dict[str, Any]:
    if value is None or value is MISSING:
        return _NOTHING
    raise ValueError  # to be followed in the usual way


def _is_place(key: Key) -> bool:
    """Return whether a key may be one of a list, or of a text."""
    return key[1] >= 0 or key[0] == "length"


def _step(source: Source, keys: tuple[Key, ...], *, absent: object) -> str:
    """Return the expression for the last step of a path."""
    key = keys[-1]
    name, default = source.value(key[0]), source.value(absent)
    if len(keys) == 1 or not _is_place(key):
        return f"{_object(source, keys[:-1])}.get({name}, {default})"
    holder = _holder(source, keys[:-1])
    other = f"{source.value(follow)}({holder}, {source.value((key,))})"
    return f"{holder}.get({name}, {default}) if {is_a(source, holder, dict)} else {other}"


def _template(source: Source, template: str, target: str) -> None:
    holes, tail = parse_template(template)
    parts = []
    for literal, path in holes:
        hole = source.variable()
        _path(source, path, hole)
        with source.block(f"if {is_a(source, hole, str, no=True)}:"):
            _written_as_text(source, hole)
        parts += [source.value(literal), hole] if literal else [hole]
    if tail or not parts:
        parts.append(source.value(tail))
    source.line(f"{target} = f'{''.join(f'{{{part}}}' for part in parts)}'")


def _written_as_text(source: Source, value: str) -> None:
    """Write what `text` does with a value that is no text: a usual float without a call of Python code."""
    encoder = bare_encoder()
    if encoder is None:
        source.line(f"{value} = {source.value(text)}({value})")
        return
    low, high = source.value(USUAL_FROM), source.value(USUAL_BELOW)
    with source.block(f"if {is_a(source, value, float)} and {low} <= {value} < {high}:"):
        digits = f"{source.value(encoder)}({value}).decode()"
        source.line(f"{value} = {digits}.removesuffix({source.value('.0')})")
    source.line(f"else: {value} = {source.value(text)}({value})")


def is_a(source: Source, value: str, cls: type, *, no: bool = False) -> str:
    """Write the test for a class, and no subclass of it."""
    return f"{source.value(type)}({value}) is {'not ' * no}{source.value(cls)}"


def _exists(source: Source, options: dict[str, Any], at: str, target: str) -> bool:
    """The usual choice: one value if something is there, else another."""
    then, absent = options.get("then", MISSING), source.value(MISSING)
    # a constant that JavaScript takes for false is no alternative, as theirs has it
    otherwise = options.get("else") if is_truthy(options.get("else")) else MISSING
    tested = target if then == options["exists"] else source.variable()
    borrowed = write_node(source, options["exists"], pointer(at, "exists"), tested)
    borrowed = borrowed and tested == target
    with source.block(f"if {tested} is None or {tested} is {absent}:"):
        borrowed |= write_node(source, otherwise, pointer(at, "else"), target)
    if tested != target:
        with source.block("else:"):
            borrowed |= write_node(source, then, pointer(at, "then"), target)
    return borrowed
