"""A TOML or JSON text, read with the line and column of each entry, or of what keeps it from being read."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import attrs

from portcall.declarative.places import Path, Place, json_places, nearest, toml_places


@attrs.frozen
class Fault:
    """One thing wrong with a file.

    Args:
        line: Counted from 1.
        column: Counted from 1, in characters.
        path: The entry, as a dotted path: ``"actions.record.post"``.
        message: What is wrong and what to do.
    """

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


@attrs.frozen
class LocatedText:
    """What a text says.

    Args:
        data: The entries; empty if the text cannot be read.
        places: Line and column of every entry, by its path.
        fault: Why the text cannot be read; None if it can.
    """

    data: dict[str, Any] = attrs.field(factory=dict)
    places: dict[Path, Place] = attrs.field(factory=dict)
    fault: Fault | None = None

    def fault_at(self, path: Path, message: str) -> Fault:
        """Return the fault of one entry, at its place or at that of the nearest entry around it."""
        line, column = nearest(self.places, path)
        where = ".".join(path)
        return Fault(line, column, where, f"{where}: {message}" if where else message)


def read_located(content: bytes, *, is_json: bool, otherwise: str) -> LocatedText:
    """Read the text of a file.

    Args:
        content: TOML or JSON in UTF-8.
        is_json: It is JSON.
        otherwise: What is said of JSON that is not an object.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        return LocatedText(fault=Fault(line, 1, "", "is not UTF-8 text"))
    try:
        if is_json:
            data = json.loads(text)
            places = json_places(text)
        else:
            data = tomllib.loads(text)
            places = toml_places(text)
    except json.JSONDecodeError as exc:
        return LocatedText(fault=Fault(exc.lineno, exc.colno, "", f"is not JSON: {exc.msg}"))
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        return LocatedText(fault=_toml_fault(f"{exc}", text))
    except ValueError:
        return LocatedText(fault=Fault(1, 1, "", "holds a number that is too long"))
    if not isinstance(data, dict):
        return LocatedText(fault=Fault(1, 1, "", otherwise))
    return LocatedText(data, places)


def _toml_fault(message: str, text: str) -> Fault:
    said, _, place = message.partition(" (at line ")
    numbers = [int(part) for part in place.rstrip(")").split(", column ") if part.isdigit()]
    line, column = numbers if len(numbers) == 2 else (text.count("\n") + 1, 1)
    return Fault(line, column, "", f"is not TOML: {said}")
