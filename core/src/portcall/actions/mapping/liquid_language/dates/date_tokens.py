"""The words of a text that may be a date, as V8 cuts them."""

from __future__ import annotations

import re
from typing import Final

import attrs

from portcall.actions.mapping.liquid_language.javascript import WHITESPACE

_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_ZONES: Final = {
    "ut": 0,
    "utc": 0,
    "z": 0,
    "gmt": 0,
    "cdt": -5,
    "cst": -6,
    "edt": -4,
    "est": -5,
    "mdt": -6,
    "mst": -7,
    "pdt": -7,
    "pst": -8,
}
_NOON: Final = {"am": 0, "pm": 12}
_TOKEN: Final = re.compile(
    rf"(?P<number>[0-9]+)|(?P<word>[^\x00-@{WHITESPACE}]+)|(?P<space>[{WHITESPACE}]+)|(?P<symbol>.)",
    re.DOTALL,
)
_MOST_DIGITS: Final = 9


@attrs.frozen
class Token:
    """One word.

    Args:
        kind: ``number``, ``word``, ``space``, ``symbol``, ``month``, ``noon``, ``zone`` or ``T``; empty
            behind the last one.
        text: The word.
        number: What it means: the number, the month, the hours.
    """

    kind: str
    text: str = ""
    number: int = 0

    def is_symbol(self, symbol: str) -> bool:
        """Return whether this is a certain character."""
        return self.kind == "symbol" and self.text == symbol

    def is_sign(self) -> bool:
        """Return whether this is plus or minus."""
        return self.kind == "symbol" and self.text in {"+", "-"}

    def is_number(self, length: int = 0, least: int = 0, most: int | None = None) -> bool:
        """Return whether this is a number of a length, if one is given, and in a range."""
        if self.kind != "number" or (length and len(self.text) != length):
            return False
        return least <= self.number and (most is None or self.number <= most)

    def milliseconds(self) -> int:
        """Return the digits as a fraction of a second."""
        return int(self.text[:3].ljust(3, "0"))


END: Final = Token("")


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text, and `END` twice; what is in parentheses is one of no meaning."""
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        if match[0] == "(":
            at = _behind_parentheses(text, at)
            found.append(Token("parentheses"))
        else:
            at = match.end()
            found.append(_token(match.lastgroup or "", match[0]))
    return [*found, END, END]


def _token(kind: str, text: str) -> Token:
    if kind == "number":
        return Token(kind, text, int(text.lstrip("0")[:_MOST_DIGITS] or "0"))
    return _word(text) if kind == "word" else Token(kind, text)


def _word(text: str) -> Token:
    """A word by its first three letters; only the name of a month may be longer."""
    start = "".join([letter.lower() if letter.isascii() else letter for letter in text[:3]])
    if start in _MONTHS:
        return Token("month", text, _MONTHS.index(start) + 1)
    if len(text) > 3:
        return Token("word", text)
    if start in _ZONES:
        return Token("zone", text, _ZONES[start])
    if start in _NOON:
        return Token("noon", text, _NOON[start])
    return Token("T" if start == "t" else "word", text)


def _behind_parentheses(text: str, at: int) -> int:
    depth = 0
    for place in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return place + 1
    return len(text)
