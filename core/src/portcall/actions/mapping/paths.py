"""Paths: ``$.products[0]['list price']`` as the keys to follow, and closures that follow them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from portcall.actions import utf16
from portcall.actions.mapping.values import MISSING, SCALARS, Run, is_array, is_object, is_truthy

Key = tuple[str, int]
"""One step: the key, and the list index it stands for (-1 for none)."""

_NOTHING: Final[dict[str, Any]] = {}  # instead of MISSING on the way: the next step needs no test
_QUOTED: Final = re.compile(r"""\[(?:"([^"]*)"|'([^']*)')\]+""")
_SEPARATOR: Final = re.compile(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""")
_QUOTES: Final = str.maketrans("", "", "'\"")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,15}")


def parse_path(path: str) -> tuple[Key, ...]:
    """The keys of what ``@path`` holds.

    Args:
        path: ``$.a.b``, ``a.b``, ``$['a']``, ``a[0].b``; ``$``, ``$.`` or nothing for the whole.

    Returns:
        One key a step; none for the whole event.
    """
    if path == "$" or path.startswith("$["):
        return _split(path[1:])
    return _split(path.replace("$.", "", 1))


def _split(path: str) -> tuple[Key, ...]:
    keys: list[str] = []
    for plain, double, single in _with_quoted(path):
        keys.extend(part.translate(_QUOTES) for part in _SEPARATOR.split(plain) if part)
        keys.extend(quoted for quoted in (double, single) if quoted is not None)
    return tuple((key, int(key) if _INDEX.fullmatch(key) else -1) for key in keys)


def _with_quoted(path: str) -> list[tuple[str, str | None, str | None]]:
    """Stretches without quoted key, each with the quoted key behind it."""
    parts: list[Any] = [*_QUOTED.split(path), None, None]
    return list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))


def follow(value: Any, keys: tuple[Key, ...]) -> Any:
    """What lies at the end of a path; `MISSING` where it leads nowhere."""
    for key in keys:
        value = _step(value, key)
    return value


def _step(value: Any, key: Key) -> Any:
    name, index = key
    if value.__class__ is dict:
        return value.get(name, MISSING)
    if is_array(value):
        if 0 <= index < len(value):
            return value[index]
        return len(value) if name == "length" else MISSING
    return _rare_step(value, name, index)


def _rare_step(value: Any, name: str, index: int) -> Any:
    if not is_truthy(value):
        return value  # as theirs: a path through null ends there, with null
    if is_object(value):
        return value.get(name, MISSING)
    if isinstance(value, str):
        found = utf16.length(value) if name == "length" else utf16.character_at(value, index)
        return MISSING if found is None else found
    return MISSING


def getter(keys: tuple[Key, ...], settle: Callable[[Any], Any]) -> Run:
    """A closure that follows one path.

    Args:
        keys: From `parse_path`.
        settle: What to do with a list or object that is found: copy it, or hand it out.

    Returns:
        Takes any JSON value; specialised for one to three keys, which nearly all paths have.
    """
    shapes = (_whole, _one, _two, _three)
    return shapes[len(keys)](settle, *keys) if len(keys) < len(shapes) else _many(settle, *keys)


def _whole(settle: Callable[[Any], Any]) -> Run:
    return settle


def _one(settle: Callable[[Any], Any], key: Key) -> Run:
    name = key[0]

    def get(data: Any) -> Any:
        value = data.get(name, MISSING) if data.__class__ is dict else _step(data, key)
        return value if value.__class__ in SCALARS else settle(value)

    return get


def _two(settle: Callable[[Any], Any], key: Key, key2: Key) -> Run:
    name, name2 = key[0], key2[0]

    def get(data: Any) -> Any:
        value = data.get(name, _NOTHING) if data.__class__ is dict else _step(data, key)
        value = value.get(name2, MISSING) if value.__class__ is dict else _step(value, key2)
        return value if value.__class__ in SCALARS else settle(value)

    return get


def _three(settle: Callable[[Any], Any], key: Key, key2: Key, key3: Key) -> Run:
    name, name2, name3 = key[0], key2[0], key3[0]

    def get(data: Any) -> Any:
        value = data.get(name, _NOTHING) if data.__class__ is dict else _step(data, key)
        value = value.get(name2, _NOTHING) if value.__class__ is dict else _step(value, key2)
        value = value.get(name3, MISSING) if value.__class__ is dict else _step(value, key3)
        return value if value.__class__ in SCALARS else settle(value)

    return get


def _many(settle: Callable[[Any], Any], *keys: Key) -> Run:
    def get(data: Any) -> Any:
        value = follow(data, keys)
        return value if value.__class__ in SCALARS else settle(value)

    return get
