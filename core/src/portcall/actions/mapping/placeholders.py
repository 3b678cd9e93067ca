"""``{{path}}`` and ``{{{path}}}`` in a text, replaced in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from portcall.actions.mapping.paths import Key, follow, getter, parse_path
from portcall.actions.mapping.values import Run, as_is, text

Path = tuple[Key, ...]

_SPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def parse_template(template: str) -> tuple[list[tuple[str, Path]], str]:
    """The places in a template; three braces bind before two.

    Args:
        template: Any text; braces that enclose nothing stay as they are.

    Returns:
        Each place as the text before it and its path, then the text behind the last. Takes
        linear time.
    """
    holes: list[tuple[str, Path]] = []
    tail = ""
    for literal, name in _scan(template, 3):
        for tail, inner in _scan(literal, 2):
            if inner is not None:
                holes.append((tail, parse_placeholder(inner)))
        if name is not None:
            holes.append((tail, parse_placeholder(name)))
    return holes, tail


def parse_placeholder(name: str) -> Path:
    """The path between braces; ``$.`` may lead it, as everywhere."""
    return parse_path(name if name.startswith(("$.", "$[")) else f"$.{name}")


def _scan(source: str, braces: int) -> Iterator[tuple[str, str | None]]:
    """Each stretch of text with the name behind it; the last has none."""
    opening, closing = "{" * braces, "}" * braces
    done = search = 0
    while (start := source.find(opening, search)) >= 0:
        first = start + braces
        if (end := source.find("}", first)) < 0:
            break
        if end > first and source.startswith(closing, end):
            yield source[done:start], source[first:end].strip(_SPACE)
            done = search = end + braces
        else:  # no opening before this brace can be closed by it either
            search = end + 1
    yield source[done:], None


def render(template: str, data: Any) -> str:
    """A text with its placeholders filled from one event.

    Args:
        template: May come from an event; what is filled in is never looked at again.
        data: Any JSON value.

    Raises:
        MappingError: A placeholder leads to a value that is not JSON.
    """
    holes, tail = parse_template(template)
    filled = [f"{literal}{text(follow(data, path))}" for literal, path in holes]
    return "".join([*filled, tail])


def renderer(template: str) -> Run:
    """A closure that renders one template."""
    holes, tail = parse_template(template)
    getters = tuple((literal, getter(path, as_is)) for literal, path in holes)
    match getters:
        case ():
            return lambda _data: tail
        case ((literal, get),):
            return _one_hole(literal, get, tail)
        case ((literal, get), (literal2, get2)):
            return _two_holes(literal, get, literal2, get2, tail)
    return _many_holes(getters, tail)


def _one_hole(head: str, get: Run, tail: str) -> Run:
    def run(data: Any) -> str:
        value = get(data)
        return f"{head}{value if value.__class__ is str else text(value)}{tail}"

    return run


def _two_holes(literal: str, get: Run, literal2: str, get2: Run, tail: str) -> Run:
    def run(data: Any) -> str:
        value = get(data)
        first = value if value.__class__ is str else text(value)
        value = get2(data)
        second = value if value.__class__ is str else text(value)
        return f"{literal}{first}{literal2}{second}{tail}"

    return run


def _many_holes(getters: tuple[tuple[str, Run], ...], tail: str) -> Run:
    def run(data: Any) -> str:
        parts: list[str] = []
        for literal, get in getters:
            value = get(data)
            parts += (literal, value if value.__class__ is str else text(value))
        return "".join([*parts, tail])

    return run
