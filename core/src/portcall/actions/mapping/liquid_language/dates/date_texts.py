"""Texts of dates as V8 reads them: ISO 8601 first, else what people write (``Mar 10 2024 8:05 PM``).

A text without offset is in UTC. Source: ECMA-262 §21.4.1.32 and the comments in V8's ``dateparser.h``.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from portcall.actions.mapping.liquid_language.dates.date_parts import DateParts, NoDateError, demand
from portcall.actions.mapping.liquid_language.dates.date_tokens import END, Token, tokens_of

_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # all of this module is in UTC
_LONGEST: Final = 1_000
_MILLISECOND: Final = timedelta(milliseconds=1)


def parse(text: str) -> int | None:
    """Return the instant of a date.

    Args:
        text: Any text.

    Returns:
        Milliseconds since 1970, perhaps outside of JavaScript's calendar; None if the text is not a date, as
        one of more than 1,000 characters.
    """
    if len(text) > _LONGEST:
        return None
    if match := _ISO.fullmatch(text):
        day, clock, sign, hours, minutes = match.groups("")
        try:
            instant = (datetime.fromisoformat(day + clock) - _EPOCH) // _MILLISECOND
        except ValueError:  # the 31st of a short month, for one, which JavaScript takes
            return _Reader(text).instant()
        ahead = (int(hours) * 60 + int(minutes)) * 60_000 if sign else 0
        return instant - (ahead if sign == "+" else -ahead)
    return _Reader(text).instant()


class _Reader:
    """Reads one text.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.parts = DateParts()

    def instant(self) -> int | None:
        """Return what `parse` returns."""
        try:
            token = self._read_iso()
            while token is not END:
                self._read_more(token)
                token = self._next()
            return self.parts.instant()
        except NoDateError:
            return None

    def _peek(self) -> Token:
        return self.tokens[self.at]

    def _next(self) -> Token:
        token = self.tokens[self.at]
        self.at += token is not END
        return token

    def _skip(self, symbol: str) -> bool:
        found = self._peek().is_symbol(symbol)
        self.at += found
        return found

    # ISO 8601

    def _read_iso(self) -> Token:
        """Read as much as is ISO 8601; the first token that is not."""
        if not self._read_year():
            return self._next()
        for most in (12, 31):
            if not self._skip("-"):
                break
            if not self._peek().is_number(2, 1, most):
                return self._next()
            self.parts.day.append(self._next().number)
        if self._peek().kind == "T":
            self._next()
            self._read_iso_time()
        elif self._peek() is not END:
            return self._next()
        self.parts.is_iso = True
        return END

    def _read_year(self) -> bool:
        sign = self._peek()
        if not sign.is_sign():
            return self._peek().is_number(4) and self._take_year(1)
        year = self.tokens[self.at + 1]
        if not year.is_number(6) or (sign.text == "-" and not year.number):
            return False
        self.at += 1
        return self._take_year(-1 if sign.text == "-" else 1)

    def _take_year(self, sign: int) -> bool:
        self.parts.day.append(sign * self._next().number)
        return True

    def _read_iso_time(self) -> None:
        self.parts.time.append(self._required(2, 24))
        most = 0 if self.parts.time == [24] else 59
        demand(self._skip(":"))
        self.parts.time.append(self._required(2, most))
        if self._skip(":"):
            self.parts.time.append(self._required(2, most))
            if self._skip("."):
                demand(self._peek().is_number() and (most or not self._peek().number))
                self.parts.time.append(self._next().milliseconds())
        self._read_iso_offset()
        demand(self._peek() is END)

    def _read_iso_offset(self) -> None:
        if self._peek().kind == "zone" and len(self._peek().text) == 1:
            self._next()
        elif self._peek().is_sign():
            self.parts.sign = -1 if self._next().text == "-" else 1
            if self._peek().is_number(4):
                self.parts.hours, self.parts.minutes = divmod(self._next().number, 100)
                demand(self.parts.hours < 24 and self.parts.minutes < 60)
            else:
                self.parts.hours = self._required(2, 23)
                demand(self._skip(":"))
                self.parts.minutes = self._required(2, 59)

    def _required(self, length: int, most: int) -> int:
        demand(self._peek().is_number(length, 0, most))
        return self._next().number

    # what people write

    def _read_more(self, token: Token) -> None:
        if token.kind == "number":
            self._read_number(token)
        elif token.kind == "word" or token.kind in _WORDS:
            self._read_word(token)
        elif token.is_sign() and (self.parts.hours == self.parts.minutes == 0 or self.parts.time):
            self._read_offset(token)
        else:
            demand(not (self.parts.has_number() and (token.is_sign() or token.is_symbol(")"))))

    def _read_number(self, token: Token) -> None:
        found = token.number
        if self._skip(":"):
            self._read_clock(found)
        elif self._skip(".") and self.parts.expects_time(found):
            demand(self._peek().is_number())
            self.parts.end_time(found, self._next().milliseconds())
        elif self.parts.hours is not None and self.parts.minutes is None and found < 60:
            self.parts.minutes = found
        elif self.parts.expects_time(found):
            self.parts.end_time(found)
            behind = self._peek()
            is_z = behind.kind == "zone" and len(behind.text) == 1
            demand(behind is END or behind.kind == "space" or is_z or behind.is_sign())
        else:
            demand(len(self.parts.day) < 3)
            self.parts.day.append(found)
            self._skip("-")

    def _read_clock(self, found: int) -> None:
        if self._skip(":"):
            demand(not self.parts.time)
            self.parts.time += [found, 0]
        else:
            demand(len(self.parts.time) < 4)
            self.parts.time.append(found)
            self._skip(".")

    def _read_word(self, token: Token) -> None:
        if token.kind == "noon" and self.parts.time:
            self.parts.noon = token.number
        elif token.kind == "month":
            self.parts.month = token.number
            self._skip("-")
        elif token.kind == "zone" and self.parts.has_number():
            self.parts.sign = -1 if token.number < 0 else 1
            self.parts.hours, self.parts.minutes = abs(token.number), 0
        else:
            demand(not self.parts.has_number() and self._peek().kind != "number")

    def _read_offset(self, token: Token) -> None:
        self.parts.sign = -1 if token.text == "-" else 1
        digits = self._next() if self._peek().is_number() else END
        if self._peek().is_symbol(":"):
            self.parts.hours, self.parts.minutes = digits.number, None
        elif len(digits.text) in {1, 2}:
            self.parts.hours, self.parts.minutes = digits.number, 0
        else:
            demand(len(digits.text) in {3, 4})
            self.parts.hours, self.parts.minutes = divmod(digits.number, 100)


_WORDS: Final = frozenset({"month", "noon", "zone", "T"})
