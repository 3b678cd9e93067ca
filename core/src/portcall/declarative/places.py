"""Where an entry of a destination file stands: line and column, for messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's own
from typing import Final, TypeAlias

Path: TypeAlias = tuple[str, ...]
Place: TypeAlias = tuple[int, int]

_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEYS: Final = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE: Final = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]\]?")
_PAIR: Final = re.compile(rf"(\s*)({_KEYS})\s*=\s*(.*)")
_PART: Final = re.compile(_KEY)
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SCALAR: Final = re.compile(r"[^\s,\]}]+")
_MOST_LEVELS: Final = 100


def nearest(places: Mapping[Path, Place], path: Path) -> Place:
    """Return the place of an entry, else that of what holds the entry; the start for none."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return 1, 1


def toml_places(text: str) -> dict[Path, Place]:
    """Return the place of every key that begins a line, and of every table, in valid TOML.

    A key inside an inline table has the place of the key that holds the table.
    """
    places: dict[Path, Place] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        header = _TABLE.match(line)
        pair = None if header else _PAIR.match(line)
        if header:
            table = _resolved(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            places.setdefault(table, (number, line.index("[") + 1))
        elif pair:
            for length in range(1, len(_parts(pair[2])) + 1):
                places.setdefault((*table, *_parts(pair[2])[:length]), (number, len(pair[1]) + 1))
            _pass_value(pair[3], lines)
    return places


def _parts(keys: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(keys))


def _resolved(parts: Path, counts: Mapping[Path, int]) -> Path:
    """Put the index of the latest element behind each name of an array of tables."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        path = (*path, str(counts[path])) if path in counts else path
    return (*path, parts[-1])


def _pass_value(value: str, lines: Iterator[tuple[int, str]]) -> None:
    """Pass over the lines that a text of several lines, or a list, goes on for."""
    for quotes in ('"""', "'''"):
        if value.startswith(quotes):
            rest = value[3:]
            while quotes not in rest:
                rest = next(lines, (0, quotes))[1]
            return
    depth = _depth(value)
    while depth > 0:
        further = next(lines, None)
        if further is None:
            return
        depth += _depth(further[1])


def _depth(text: str) -> int:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', "", text).partition("#")[0]
    return sum(bare.count(sign) for sign in "[{") - sum(bare.count(sign) for sign in "]}")


def json_places(text: str) -> dict[Path, Place]:
    """Return the place of every member and element of valid JSON."""
    found: dict[Path, int] = {}
    _value(text, _skip(text, 0), (), found, 0)
    return {path: _line_and_column(text, offset) for path, offset in found.items()}


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, path: Path, found: dict[Path, int], level: int) -> int:
    found.setdefault(path, at)
    if level > _MOST_LEVELS:
        return len(text)
    if text[at] == '"':
        return int(scanstring(text, at + 1)[1])
    if text[at] in "{[":
        return _members(text, at, path, found, level)
    match = _SCALAR.match(text, at)
    return match.end() if match else at + 1


def _members(text: str, at: int, path: Path, found: dict[Path, int], level: int) -> int:
    is_object, count = text[at] == "{", 0
    at = _skip(text, at + 1)
    while at < len(text) and text[at] not in "]}":
        key, start = str(count), at
        if is_object:
            key, at = scanstring(text, at + 1)
            at = _skip(text, _skip(text, at) + 1)
        found[(*path, key)] = start
        at = _skip(text, _value(text, at, (*path, key), found, level + 1))
        if at < len(text) and text[at] == ",":
            at = _skip(text, at + 1)
        count += 1
    return at + 1


def _line_and_column(text: str, offset: int) -> Place:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
