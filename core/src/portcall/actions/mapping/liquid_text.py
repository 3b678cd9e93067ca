"""``@liquid`` through python-liquid, which is imported when a mapping first uses it."""

from __future__ import annotations

import difflib
from typing import Any, Final

from portcall.actions.mapping.liquid_engine import engine
from portcall.actions.mapping.rules import Checker
from portcall.actions.mapping.spec import Site
from portcall.actions.mapping.values import MISSING, Run, is_array, is_object, text

_MOST: Final = 1_000  # characters of a template, as theirs allows
_NO_CLOCK: Final = {"now": None, "today": None}  # theirs has no such names


class _Object(dict[str, Any]):
    """An object that prints as JavaScript's do."""

    def __str__(self) -> str:
        return text(dict(self))


class _Array(list[Any]):
    """A list that prints as JavaScript's do, inside another list."""

    def __str__(self) -> str:
        return ",".join(map(str, self))


def check(checker: Checker, node: Any, at: str) -> None:
    """A Liquid template that parses and uses what is allowed."""
    if not isinstance(node, str):
        checker.reject(at, "a string", node)
    elif len(node) > _MOST:
        checker.report(at, f"must have at most {_MOST} characters; it has {len(node)}")
    else:
        for problem in _problems(node):
            checker.report(at, problem)


def _problems(source: str) -> list[str]:
    try:
        used = _filters_of(source)
    except ValueError as error:
        return [str(error)]
    known = engine().filters
    return [
        f"uses the filter {name!r}, which is not available{_like(name, known)}"
        for name in used
        if name not in known
    ]


def _filters_of(source: str) -> list[str]:
    try:
        template = engine().from_string(source)
        return list(template.analyze(include_partials=False).filters)
    except ImportError as error:
        message = "needs Liquid: run pip install 'portcall[liquid]'"
        raise ValueError(message) from error
    except Exception as error:
        message = f"does not parse: {_first_line(error)}"
        raise ValueError(message) from error


def build(source: str, site: Site) -> Run:
    """A closure that renders one checked template."""
    template = engine().from_string(source)

    def run(data: Any) -> str:
        event = _for_liquid(data) if is_object(data) else {}
        try:
            return str(template.render({**_NO_CLOCK, **event}))
        except Exception as error:
            message = f"cannot be rendered: {_first_line(error)}"
            raise site.error(message) from error

    return run


def _for_liquid(value: Any) -> Any:
    """A value whose parts print as JavaScript's do."""
    if is_object(value):
        return _Object({key: _for_liquid(item) for key, item in value.items()})
    if is_array(value):
        return _Array([_for_liquid(item) for item in value])
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return None if value is MISSING else value


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _like(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
