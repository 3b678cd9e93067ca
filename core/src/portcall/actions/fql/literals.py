r"""How texts, globs, keys and numbers are written, and read back.

In quotes ``\"``, ``\'`` and ``\\`` stand for the second character, in a glob ``\*`` too; any other
backslash is itself, so what was written for Segment keeps its meaning. Outside quotes a backslash
takes any next character into the word (Segment, "Escaping Field Paths").
"""

from __future__ import annotations

import math
import re

_LONGEST_NUMBER = 100
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_ESCAPE = re.compile(r"\\([\"'\\])")
_GLOB_PIECE = re.compile(r"\\[\"'\\*]|\*|[^\\*]+|\\")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


def read_text(quoted: str) -> str:
    """The text between two quotes."""
    return _ESCAPE.sub(r"\1", quoted[1:-1])


def write_text(text: str) -> str:
    """The text in quotes; the inverse of `read_text`."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def read_glob(quoted: str) -> tuple[str, ...]:
    """What stands between the stars of a glob in quotes; two stars side by side are one."""
    parts: list[list[str]] = [[]]
    for piece in _GLOB_PIECE.findall(quoted[1:-1]):
        if piece == "*":
            parts.append([])
        else:
            parts[-1].append(piece[1:] if len(piece) > 1 and piece[0] == "\\" else piece)
    first, *rest = map("".join, parts)
    return (first, *filter(None, rest[:-1]), *rest[-1:])


def write_glob(parts: tuple[str, ...]) -> str:
    """The glob in quotes; the inverse of `read_glob`."""
    return '"' + "*".join(re.sub(r'(["\\*])', r"\\\1", part) for part in parts) + '"'


def read_word(word: str) -> str:
    """A word outside quotes, without its backslashes."""
    return re.sub(r"(?s)\\(.)", r"\1", word)


def read_keys(word: str) -> list[str]:
    r"""The keys of a word in a path: ``items\[0\]`` is how Segment's editor writes two of them."""
    key = read_word(word)
    return re.findall(r"[^\[\]]+", key) or [key]


def write_key(key: str) -> str:
    """One key of a path: as it is, with backslashes, or in quotes where only those will do."""
    if _PLAIN_KEY.fullmatch(key):
        return key
    if not key or any(char in ".[]" for char in key):
        return write_text(key)
    return _UNUSUAL.sub(r"\\\g<0>", key)


def read_number(text: str) -> int | float | None:
    """The number written here; None if it is none, or none that a computer can hold."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if math.isfinite(float(text)) else None
