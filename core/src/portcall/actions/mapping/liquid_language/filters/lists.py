"""Filters that make, cut and add up lists."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from portcall.actions import utf16
from portcall.actions.mapping.liquid_language.expressions import path_in
from portcall.actions.mapping.liquid_language.filters.filter import VARIES, Filter
from portcall.actions.mapping.liquid_language.javascript import (
    NIL,
    added,
    equal,
    is_true,
    number,
    plain,
    show,
    whole,
)
from portcall.actions.mapping.liquid_language.scope import (
    LiquidError,
    Scope,
    as_event,
    key_of,
    property_of,
)
from portcall.actions.mapping.values import MISSING, is_array, is_object, is_truthy, text

_MOST_INSIDE: Final = 100_000


def _items(value: Any) -> Sequence[Any]:
    """A list as it is, nothing for null, any other value as a list of one."""
    value = plain(value)
    if value is None or value is MISSING:
        return ()
    return value if is_array(value) else (value,)


def _join(scope: Scope, value: Any, separator: Any = MISSING) -> str:
    items, separator = _items(plain(value)), plain(separator)
    between = " " if separator is None or separator is MISSING else show(separator)
    scope.allow(len(items) * len(between))
    return between.join([text(item) for item in items])


def _end(place: int) -> Callable[[Scope, Any], Any]:
    def apply(_scope: Scope, value: Any) -> Any:
        value = plain(value)
        if is_array(value) or (isinstance(value, str) and value):
            return value[place] if value else MISSING
        if not _is_like_a_list(value):
            return ""
        return value.get(key_of(place if place >= 0 else value["length"] - 1), MISSING)

    return apply


def _is_like_a_list(value: Any) -> bool:
    length = value.get("length") if is_object(value) else None
    return isinstance(length, (int, float)) and not isinstance(length, bool)


def _size(_scope: Scope, value: Any) -> Any:
    if is_array(value) or isinstance(value, str):
        return property_of(value, "length")
    length = value.get("length") if is_object(value) else 0
    return length if is_truthy(length) else 0


def _sum(_scope: Scope, value: Any, path: Any = MISSING) -> float:
    keys = show(path).split(".") if is_truthy(path) else []
    total = 0.0
    for item in _items(value):
        found = item
        for key in keys:
            found = property_of(found, key)
        summand = number(found)
        total += 0.0 if math.isnan(summand) else summand
    return total


def _compact(_scope: Scope, value: Any) -> list[Any]:
    return [item for item in _items(value) if item not in (None, MISSING) and item is not NIL]


def _push(_scope: Scope, value: Any, item: Any = MISSING) -> list[Any]:
    return [*_items(value), _light(item)]


def _unshift(_scope: Scope, value: Any, item: Any = MISSING) -> list[Any]:
    return [_light(item), *_items(value)]


def _pop(_scope: Scope, value: Any) -> list[Any]:
    return list(_items(value)[:-1])


def _shift(_scope: Scope, value: Any) -> list[Any]:
    return list(_items(value)[1:])


def _slice(_scope: Scope, value: Any, start: Any = MISSING, length: Any = MISSING) -> Any:
    value, length = plain(value), 1 if length is MISSING else length
    if value is None or value is MISSING:
        return []
    items = value if is_array(value) else show(value)
    if number(start) < 0:
        start = added(property_of(items, "length"), start)
    if number(start) < 0 or number(length) < 0:
        return items[:0]
    first, behind = whole(start), whole(added(start, length))
    return (
        utf16.starting_in(items, first, behind) if isinstance(items, str) else items[first:behind]
    )


def _where(_scope: Scope, value: Any, path: Any = MISSING, wanted: Any = MISSING) -> list[Any]:
    read = path_in(show(path))
    return [item for item in _items(value) if _matches(read(Scope(as_event(item))), wanted)]


def _matches(value: Any, wanted: Any) -> bool:
    return is_true(value) if wanted is MISSING else equal(value, wanted)


def _readable_path(arguments: Sequence[Any]) -> None:
    if arguments and arguments[0] is not VARIES:
        path_in(show(arguments[0]))


def _sample(_scope: Scope, value: Any, count: Any = MISSING) -> Any:
    value = plain(value)
    if value is None or value is MISSING:
        return []
    items = list(value if is_array(value) else show(value))
    mixed = random.sample(items, len(items))
    if count is MISSING or (not isinstance(count, bool) and count == 1):
        return mixed[0] if mixed else MISSING
    return mixed[: whole(count)]


def _light(item: Any) -> Any:
    """An item that is put into a list, which may not be a heap of lists in lists."""
    if is_array(item) or is_object(item):
        _weigh(item, _MOST_INSIDE)
    return item


def _weigh(value: Any, left: int) -> int:
    """Count the values and characters in a value down to zero."""
    left -= 1
    if isinstance(value, str):
        left -= len(value)
    elif is_array(value) or is_object(value):
        for item in value.values() if is_object(value) else value:
            left = _weigh(item, left)
    if left < 0:
        raise LiquidError(f"puts more than {_MOST_INSIDE} values into a list at once")
    return left


FILTERS: Final = {
    "compact": Filter(_compact),
    "first": Filter(_end(0)),
    "join": Filter(_join),
    "last": Filter(_end(-1)),
    "pop": Filter(_pop),
    "push": Filter(_push),
    "sample": Filter(_sample, steady=False),
    "shift": Filter(_shift),
    "size": Filter(_size),
    "slice": Filter(_slice),
    "sum": Filter(_sum),
    "unshift": Filter(_unshift),
    "where": Filter(_where, check=_readable_path),
}
