"""Reading one place in an event, every key made ready beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from portcall.actions import utf16
from portcall.actions.fql.comparisons import Path

Get: TypeAlias = Callable[[Mapping[str, Any]], Any]

_LONGEST_INDEX = 9


def getter(path: Path) -> Get:
    """Make the function that reads ``path`` in an event.

    Returns:
        A function that returns the value, and None for what is null, missing, or inside something
        that has no inside. ``length`` of a list or a text is how many items or UTF-16 units it has,
        as in JavaScript.
    """
    field, *keys = path.keys
    steps = [_step(key) for key in keys]
    if not steps:
        return lambda event: event.get(field)
    if len(steps) == 1:
        only = steps[0]
        return lambda event: only(event.get(field))

    def walk(event: Mapping[str, Any]) -> Any:
        value = event.get(field)
        for step in steps:
            value = step(value)
        return value

    return walk


def _step(key: str) -> Callable[[Any], Any]:
    index = _index(key)

    def child(value: Any) -> Any:
        if isinstance(value, (dict, Mapping)):
            return value.get(key)
        if isinstance(value, (list, tuple)) and 0 <= index < len(value):
            return value[index]
        return _length(value) if key == "length" else None

    return child


def _index(key: str) -> int:
    # "01" is a key and no index; a longer index than this is beyond any list.
    is_index = key.isascii() and key.isdecimal() and len(key) <= _LONGEST_INDEX
    return int(key) if is_index and str(int(key)) == key else -1


def _length(value: Any) -> int | None:
    if isinstance(value, str):
        return utf16.length(value)
    return len(value) if isinstance(value, (list, tuple)) else None
