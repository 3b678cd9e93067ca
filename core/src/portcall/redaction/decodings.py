"""The ways a reader could take a text: as it stands, and with its escapes resolved."""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from typing import Final, TypeAlias

import attrs

Reading: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
"""What an escape looks like, and what it stands for in bytes."""

_MOST_LAYERS: Final = 3
_MOST_VIEWS: Final = 24
_CONTROLS: Final = dict(zip("abfnrtv0", "\a\b\f\n\r\t\v\0", strict=True))


def as_bytes(text: str) -> str:
    """Return *text* with one character per byte of its UTF-8, the alphabet of every view."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _code_point(number: int) -> str:
    return as_bytes(chr(number)) if number <= sys.maxunicode else ""


def _escaped(match: re.Match[str]) -> str:
    units = [int(group, 16) for group in match.groups()[:5] if group]
    if len(units) == 2:  # a surrogate pair (RFC 8259 §7)
        return _code_point(0x10000 + ((units[0] & 0x3FF) << 10) + (units[1] & 0x3FF))
    return _code_point(units[0]) if units else _CONTROLS.get(match[6], match[6])


def _referred(match: re.Match[str]) -> str:
    # Not html.unescape for numbers: it drops the characters that HTML does not allow.
    if match[1] or match[2]:
        return _code_point(int(match[1] or match[2], 10 if match[1] else 16))
    return as_bytes(html.unescape(match[0]))


_BACKSLASH: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))",
    re.DOTALL,
)
_CHARACTER_REFERENCE: Final = re.compile(
    "&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|[a-zA-Z]{2,8});",
)
_READINGS: Final[tuple[Reading, ...]] = (
    # Percent-encoding (RFC 3986 §2.1), whatever its writer thought safe.
    (re.compile("%([0-9a-fA-F]{2})"), lambda match: chr(int(match[1], 16))),
    # JSON (RFC 8259 §7) and repr; that of bytes reads as text that was taken for ISO-8859-1.
    (_BACKSLASH, _escaped),
    # HTML and XML.
    (_CHARACTER_REFERENCE, _referred),
)


@attrs.frozen
class View:
    """One reading of a text.

    Args:
        text: One character per byte; see `as_bytes`.
        locate: From an offset in ``text`` to the place in the original that it came from.
        depth: How many layers of escapes were resolved.
    """

    text: str = attrs.field(repr=False)
    locate: Callable[[int], int]
    depth: int = 0

    def read(self, reading: Reading) -> View:
        """Resolve one kind of escape, once."""
        pattern, decode = reading
        pieces: list[str] = []
        ends, origins = [0], [0]
        for match in pattern.finditer(self.text):
            pieces += self.text[origins[-1] : match.start()], decode(match)
            ends.append(ends[-1] + len(pieces[-2]) + len(pieces[-1]))
            origins.append(match.end())
        text = "".join([*pieces, self.text[origins[-1] :]])
        return View(text, _behind(ends, origins, self.locate), self.depth + 1)


def _behind(
    ends: list[int], origins: list[int], outer: Callable[[int], int]
) -> Callable[[int], int]:
    """Locate offsets by the last escape that *ends* before them."""

    def locate(offset: int) -> int:
        last = bisect_right(ends, offset) - 1
        return outer(origins[last] + offset - ends[last])

    return locate


def _in_characters(text: str) -> Callable[[int], int]:
    """Locate offsets in bytes as offsets in characters."""

    @cache  # only a text in which something is found pays for the table
    def table() -> list[int]:
        # A byte 10xxxxxx continues a character, any other begins one (RFC 3629 §3).
        begins = (byte & 0xC0 != 0x80 for byte in text.encode("utf-8", "surrogatepass"))
        return list(accumulate(begins, initial=-1))

    def locate(offset: int) -> int:
        return table()[offset + 1] if offset + 1 < len(table()) else len(text)

    return locate


def views(text: str) -> Iterator[View]:
    """Read *text* every way it can be read, up to three layers of escapes deep."""
    whole = View(as_bytes(text), int if text.isascii() else _in_characters(text))
    queue, seen = [whole], {whole.text}
    for view in queue:
        yield view
        for reading in _READINGS if view.depth < _MOST_LAYERS else ():
            inner = view.read(reading)
            if inner.text not in seen and len(queue) < _MOST_VIEWS:
                seen.add(inner.text)
                queue.append(inner)
