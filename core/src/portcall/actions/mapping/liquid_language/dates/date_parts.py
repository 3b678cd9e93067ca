"""What was read of a date, and the instant that it makes, by the rules of V8."""

from __future__ import annotations

import attrs

from portcall.actions.mapping.liquid_language.dates.calendar_days import day_number


class NoDateError(Exception):
    """The text is not a date."""


def demand(holds: object) -> None:
    """Refuse the text unless something holds.

    Raises:
        NoDateError: It does not hold.
    """
    if not holds:
        raise NoDateError


@attrs.define
class DateParts:
    """The numbers and words of a date.

    Args:
        day: Up to three numbers, in the order of the text.
        month: The month that is named; 0 if none is.
        time: Up to four numbers: hour, minute, second, millisecond.
        noon: 0 for ``AM``, 12 for ``PM``.
        sign: -1 for a zone to the west.
        hours: Of the zone, without sign.
        minutes: Of the zone, without sign.
        is_iso: Whether the whole text is ISO 8601, in which years have all their digits.
    """

    day: list[int] = attrs.field(factory=list)
    month: int = 0
    time: list[int] = attrs.field(factory=list)
    noon: int | None = None
    sign: int = 0
    hours: int | None = None
    minutes: int | None = None
    is_iso: bool = False

    def has_number(self) -> bool:
        """Return whether a number was read: behind it, words that mean nothing are not allowed."""
        return bool(self.day or self.time or self.sign)

    def expects_time(self, found: int) -> bool:
        """Return whether a number can be the next part of the time."""
        limits = {1: 60, 2: 60, 3: 1000}
        return found < limits.get(len(self.time), 0)

    def end_time(self, *last: int) -> None:
        """Add the last parts of the time; what is not there is 0."""
        self.time = [*self.time, *last, 0, 0, 0][:4]

    def instant(self) -> int:
        """Return the milliseconds since 1970.

        Raises:
            NoDateError: The parts make no date.
        """
        return self._days() * 86_400_000 + self._clock_ms() - self._offset_ms()

    def _days(self) -> int:
        demand(self.day)
        year, month, day = self._ordered(*[*self.day, 1, 1][:3])
        if not self.is_iso and 0 <= year <= 99:
            year += 2000 if year <= 49 else 1900
        demand(1 <= month <= 12 and 1 <= day <= 31)
        return day_number(year, month, day)

    def _ordered(self, first: int, second: int, third: int) -> tuple[int, int, int]:
        """Year, month and day: a number that is no day is the year, and Americans begin with the month."""
        is_day = 1 <= first <= 31
        if self.month:
            return (second, self.month, first) if is_day else (first, self.month, second)
        return (first, second, third) if self.is_iso or not is_day else (third, first, second)

    def _clock_ms(self) -> int:
        hour, minute, second, millisecond = [*self.time, 0, 0, 0, 0][:4]
        if self.noon is not None:
            demand(hour <= 12)
            hour = hour % 12 + self.noon
        is_clock = hour < 24 and minute < 60 and second < 60 and millisecond < 1000
        demand(is_clock or (hour == 24 and not (minute or second or millisecond)))
        return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond

    def _offset_ms(self) -> int:
        minutes = (self.hours or 0) * 60 + (self.minutes or 0)
        seconds = minutes * 60 % 2**32  # V8 has 32 bits for it
        demand(seconds < 2**31)
        return self.sign * seconds * 1000
