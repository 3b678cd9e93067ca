"""The words of a template's tags and outputs, as LiquidJS 10 cuts them."""

from __future__ import annotations

import re
from typing import Final

from portcall.actions.mapping.liquid_language.scope import LiquidError

BLANKS: Final = (
    "\t\n\v\f\r \xa0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_WORD: Final = f"(?:[\\w?-]|[^\\x00-\\x7f\u201c\u201d{BLANKS}])"
_BLANK: Final = re.compile(f"[{BLANKS}]*")
_IDENTIFIER: Final = re.compile(f"{_WORD}*", re.ASCII)
_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.?)*'?" + r'|"(?:[^"\\]|\\.?)*"?', re.DOTALL)
_NUMBER: Final = re.compile(rf"[+-]?\d+(?:\.(?!\.)\d*)?(?!\.(?!\.)|{_WORD})", re.ASCII)
_LITERAL: Final = re.compile(f"(?:nil|null|empty|blank|true|false)(?!{_WORD})", re.ASCII)
_OPERATOR: Final = re.compile(f"[=!]=|[<>]=?|(?:contains|not|and|or)(?!{_WORD})", re.ASCII)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{0,4})|([0-7]{1,3})|(.))", re.DOTALL)
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_MOST_SHOWN: Final = 32


class Scanner:
    """A place in a part of the template.

    Args:
        source: The whole template.
        at: Where to start.
        end: Where the part ends.
    """

    __slots__ = ("at", "end", "source")

    def __init__(self, source: str, at: int, end: int) -> None:
        self.source = source
        self.at = at
        self.end = end

    def done(self) -> bool:
        """Return whether nothing is left."""
        return self.at >= self.end

    def rest(self) -> str:
        """Return what is left."""
        return self.source[self.at : self.end]

    def peek(self, ahead: int = 0) -> str:
        """Return a character that is still to be read; empty behind the end."""
        at = self.at + ahead
        return self.source[at] if at < self.end else ""

    def skip(self, character: str) -> bool:
        """Read one character if it is the next."""
        found = self.peek() == character
        self.at += found
        return found

    def skip_past(self, character: str) -> bool:
        """Read up to a character and over it; to the end if it is not there."""
        found = self.source.find(character, self.at, self.end)
        self.at = self.end if found < 0 else found + len(character)
        return found >= 0

    def skip_blank(self) -> None:
        """Read blanks."""
        self._read(_BLANK)

    def identifier(self) -> str:
        """Read a name; empty if there is none."""
        self.skip_blank()
        return self._read(_IDENTIFIER)

    def quoted(self) -> str | None:
        """Read a text in quotes; None if there is none."""
        self.skip_blank()
        return _unquoted(found) if (found := self._read(_QUOTED)) else None

    def number(self) -> float | None:
        """Read a number; None if there is none."""
        self.skip_blank()
        if not (found := self._read(_NUMBER)):
            return None
        return float(found) if "." in found or len(found) > 15 else int(found)

    def literal(self) -> str:
        """Read a word that stands for a value of its own: ``nil``, ``true``."""
        self.skip_blank()
        return self._read(_LITERAL)

    def operator(self) -> str:
        """Read an operator; empty if there is none."""
        self.skip_blank()
        return self._read(_OPERATOR)

    def expect(self, holds: object, message: str) -> None:
        """Refuse the template unless something holds.

        Raises:
            LiquidError: The message, and what stands here.
        """
        if not holds:
            shown = self.rest()
            raise LiquidError(f"{message}, at {shown[:_MOST_SHOWN]!r}" if shown else message)

    def _read(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at, max(self.at, self.end))
        if match is None:
            return ""
        self.at = match.end()
        return match[0]


def after_quoted(source: str, at: int) -> int:
    """Return where a quoted text ends that starts at ``at``; ``at`` itself if none starts there."""
    match = _QUOTED.match(source, at)
    return match.end() if match else at


def _unquoted(quoted: str) -> str:
    """A text without its quotes; its last character is taken for one unless it belongs to an escape."""
    inside = quoted[1:]
    escaped = max((match.end() for match in _ESCAPE.finditer(inside)), default=0)
    inside = _ESCAPE.sub(_unescaped, inside if escaped == len(inside) else inside[:-1])
    return inside.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _unescaped(match: re.Match[str]) -> str:
    unicode, octal, character = match.groups()
    if unicode is not None:
        return chr(int(unicode or "0", 16))
    return chr(int(octal, 8)) if octal else _SHORT.get(character, character)
