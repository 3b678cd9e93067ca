"""Texts of dates as V8 reads them: ISO 8601 first, else what people write (``Mar 10 2024 8:05 PM``).

A text without offset is in UTC. Source: ECMA-262 §21.4.1.32 and the comments in V8's ``dateparser.h``.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from portcall.actions.mapping.liquid_language.dates.calendar_days import day_number
from portcall.actions.mapping.liquid_language.dates.date_tokens import END, Token, tokens_of

_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # all of this module is in UTC
_MILLISECOND: Final = timedelta(milliseconds=1)


def parse(text: str) -> int | None:
    """Return the instant of a date.

    Args:
        text: Any text.

    Returns:
        Milliseconds since 1970, perhaps outside of JavaScript's calendar; None if the text is no date.
    """
    if match := _ISO.fullmatch(text):
        day, clock, sign, hours, minutes = match.groups("")
        try:
            instant = (datetime.fromisoformat(day + clock) - _EPOCH) // _MILLISECOND
        except ValueError:  # the 31st of a short month, for one, which JavaScript takes
            return _Reader(text).instant()
        ahead = (int(hours) * 60 + int(minutes)) * 60_000 if sign else 0
        return instant - (ahead if sign == "+" else -ahead)
    return _Reader(text).instant()


class _NoDateError(Exception):
    """The text is no date."""


class _Reader:
    """Reads one text.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.day: list[int] = []
        self.month = 0
        self.time: list[int] = []
        self.noon: int | None = None
        self.sign = 0
        self.hours: int | None = None
        self.minutes: int | None = None
        self.is_iso = False

    def instant(self) -> int | None:
        """Return what `parse` returns."""
        try:
            token = self._read_iso()
            while token is not END:
                self._read_more(token)
                token = self._next()
            return self._days() * 86_400_000 + self._clock() - self._offset_ms()
        except _NoDateError:
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
            self.day.append(self._next().number)
        if self._peek().kind == "T":
            self._next()
            self._read_iso_time()
        elif self._peek() is not END:
            return self._next()
        self.is_iso = True
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
        self.day.append(sign * self._next().number)
        return True

    def _read_iso_time(self) -> None:
        self.time.append(self._required(2, 24))
        most = 0 if self.time == [24] else 59
        self._demand(self._skip(":"))
        self.time.append(self._required(2, most))
        if self._skip(":"):
            self.time.append(self._required(2, most))
            if self._skip("."):
                self._demand(self._peek().is_number() and (most or not self._peek().number))
                self.time.append(self._next().milliseconds())
        self._read_iso_offset()
        self._demand(self._peek() is END)

    def _read_iso_offset(self) -> None:
        if self._peek().kind == "zone" and len(self._peek().text) == 1:
            self._next()
        elif self._peek().is_sign():
            self.sign = -1 if self._next().text == "-" else 1
            if self._peek().is_number(4):
                self.hours, self.minutes = divmod(self._next().number, 100)
                self._demand(self.hours < 24 and self.minutes < 60)
            else:
                self.hours = self._required(2, 23)
                self._demand(self._skip(":"))
                self.minutes = self._required(2, 59)

    def _required(self, length: int, most: int) -> int:
        self._demand(self._peek().is_number(length, 0, most))
        return self._next().number

    @staticmethod
    def _demand(holds: object) -> None:
        if not holds:
            raise _NoDateError

    # what people write

    def _read_more(self, token: Token) -> None:
        if token.kind == "number":
            self._read_number(token)
        elif token.kind == "word" or token.kind in _WORDS:
            self._read_word(token)
        elif token.is_sign() and (self.hours == self.minutes == 0 or self.time):
            self._read_offset(token)
        else:
            self._demand(not (self._has_number() and (token.is_sign() or token.is_symbol(")"))))

    def _has_number(self) -> bool:
        return bool(self.day or self.time or self.sign)

    def _read_number(self, token: Token) -> None:
        found = token.number
        if self._skip(":"):
            self._read_clock(found)
        elif self._skip(".") and self._expects_time(found):
            self._demand(self._peek().is_number())
            self._end_time(found, self._next().milliseconds())
        elif self.hours is not None and self.minutes is None and found < 60:
            self.minutes = found
        elif self._expects_time(found):
            self._end_time(found)
            behind = self._peek()
            is_z = behind.kind == "zone" and len(behind.text) == 1
            self._demand(behind is END or behind.kind == "space" or is_z or behind.is_sign())
        else:
            self._demand(len(self.day) < 3)
            self.day.append(found)
            self._skip("-")

    def _read_clock(self, found: int) -> None:
        if self._skip(":"):
            self._demand(not self.time)
            self.time += [found, 0]
        else:
            self._demand(len(self.time) < 4)
            self.time.append(found)
            self._skip(".")

    def _expects_time(self, found: int) -> bool:
        limits = {1: 60, 2: 60, 3: 1000}
        return found < limits.get(len(self.time), 0)

    def _end_time(self, *last: int) -> None:
        self.time = [*self.time, *last, 0, 0, 0][:4]

    def _read_word(self, token: Token) -> None:
        if token.kind == "noon" and self.time:
            self.noon = token.number
        elif token.kind == "month":
            self.month = token.number
            self._skip("-")
        elif token.kind == "zone" and self._has_number():
            self.sign = -1 if token.number < 0 else 1
            self.hours, self.minutes = abs(token.number), 0
        else:
            self._demand(not self._has_number() and self._peek().kind != "number")

    def _read_offset(self, token: Token) -> None:
        self.sign = -1 if token.text == "-" else 1
        digits = self._next() if self._peek().is_number() else END
        if self._peek().is_symbol(":"):
            self.hours, self.minutes = digits.number, None
        elif len(digits.text) in {1, 2}:
            self.hours, self.minutes = digits.number, 0
        else:
            self._demand(len(digits.text) in {3, 4})
            self.hours, self.minutes = divmod(digits.number, 100)

    # what was read

    def _days(self) -> int:
        self._demand(self.day)
        first, second, third = [*self.day, 1, 1][:3]
        if self.month:
            year, month, day = (
                (second, self.month, first) if 1 <= first <= 31 else (first, self.month, second)
            )
        elif self.is_iso or not 1 <= first <= 31:
            year, month, day = first, second, third
        else:
            year, month, day = third, first, second
        if not self.is_iso and 0 <= year <= 99:
            year += 2000 if year <= 49 else 1900
        self._demand(1 <= month <= 12 and 1 <= day <= 31)
        return day_number(year, month, day)

    def _clock(self) -> int:
        hour, minute, second, millisecond = [*self.time, 0, 0, 0, 0][:4]
        if self.noon is not None:
            self._demand(hour <= 12)
            hour = hour % 12 + self.noon
        is_clock = hour < 24 and minute < 60 and second < 60 and millisecond < 1000
        self._demand(is_clock or (hour == 24 and not (minute or second or millisecond)))
        return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond

    def _offset_ms(self) -> int:
        seconds = (
            ((self.hours or 0) * 60 + (self.minutes or 0)) * 60 % 2**32
        )  # V8 has 32 bits for it
        self._demand(seconds < 2**31)
        return self.sign * seconds * 1000


_WORDS: Final = frozenset({"month", "noon", "zone", "T"})
