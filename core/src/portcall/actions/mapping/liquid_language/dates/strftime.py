"""Dates written by a format like ``%Y-%m-%d``, with LiquidJS's conversions, flags and widths."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import Final

import attrs

from portcall.actions.mapping.liquid_language.dates.calendar_days import Moment, day_number
from portcall.actions.mapping.liquid_language.scope import MOST_MADE, LiquidError
from portcall.actions.mapping.values import text

_CONVERSION: Final = re.compile(r"%([-_0^#:]+)?([0-9]+)?([EO])?(.)")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST_KEPT: Final = 1_000
_WIDTHS: Final = {**dict.fromkeys("deHIklmMSUW", 2), "j": 3, "L": 3}
_PADDED_WITH_SPACES: Final = "aAbBceklpP"


@attrs.frozen
class _Asked:
    """What a format asks of one conversion: its flags, and the width if there is one."""

    flags: str
    width: int


def write(moment: Moment, form: str) -> str:
    """Return a moment in a format.

    Args:
        moment: What clock and calendar show.
        form: Conversions like ``%Y``, with flags and a width between ``%`` and the letter.

    Raises:
        LiquidError: A width is more than a template may make.
    """
    parts = _kept(form) if len(form) <= _LONGEST_KEPT else _compiled(form)
    return "".join([part if isinstance(part, str) else part(moment) for part in parts])


def _compiled(form: str) -> list[str | Callable[[Moment], str]]:
    parts: list[str | Callable[[Moment], str]] = []
    end = 0
    for match in _CONVERSION.finditer(form):
        parts += [form[end : match.start()], _conversion(match)]
        end = match.end()
    return [*parts, form[end:]]


_kept: Final = functools.lru_cache(maxsize=256)(_compiled)


def _conversion(match: re.Match[str]) -> str | Callable[[Moment], str]:
    flags, digits, _modifier, letter = match.groups(default="")
    convert = _CONVERSIONS.get(letter)
    if convert is None:
        return match[0]
    if len(digits) > len(str(MOST_MADE)):
        raise LiquidError(f"makes more than {MOST_MADE} characters and items")
    asked = _Asked(flags, int(digits or 0))
    width = 0 if "-" in flags else asked.width or _WIDTHS.get(letter, 0)
    pad = _padding(flags, letter)
    if "^" in flags or "#" in flags:
        return lambda moment: _cased(convert(moment, asked), flags).rjust(width, pad)
    return lambda moment: convert(moment, asked).rjust(width, pad)


def _padding(flags: str, letter: str) -> str:
    if "_" in flags:
        return " "
    return " " if letter in _PADDED_WITH_SPACES and "0" not in flags else "0"


def _cased(written: str, flags: str) -> str:
    if "^" in flags:
        return written.upper()
    if "#" in flags:
        lower = any("a" <= character <= "z" for character in written)
        return written.upper() if lower else written.lower()
    return written


def _day_of_year(moment: Moment) -> int:
    return moment.at.timetuple().tm_yday


def _sunday_based(day: int) -> int:
    """The weekday of a day by its number since 1970-01-01, a Thursday."""
    return (day + 4) % 7


def _week(moment: Moment, first: int) -> int:
    """The week of the year, where weeks start at Sunday (0) or Monday (1)."""
    now = _day_of_year(moment) + first - _weekday(moment)
    year = moment.year + (1900 if 0 <= moment.year <= 99 else 0)  # as JavaScript's Date(99, 0, 1)
    then = 7 - _sunday_based(day_number(year, 1, 1)) + first
    return (now - then) // 7 + 1


def _weekday(moment: Moment) -> int:
    return moment.at.isoweekday() % 7


def _ordinal(moment: Moment) -> str:
    day = moment.at.day
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return "th" if 11 <= day <= 13 else ending


def _century(moment: Moment) -> str:
    digits = str(moment.year)[:2]
    return "NaN" if digits == "-" else str(int(digits))


def _fraction(moment: Moment, asked: _Asked) -> str:
    width = asked.width or 9
    return f"{_milliseconds(moment):03d}"[:width].ljust(width, "0")


def _milliseconds(moment: Moment) -> int:
    return moment.at.microsecond // 1000


def _offset(moment: Moment, asked: _Asked) -> str:
    hours, minutes = divmod(abs(moment.offset), 60)
    sign = "-" if moment.offset > 0 else "+"
    between = ":" if ":" in asked.flags else ""
    return f"{sign}{text(hours):0>2}{between}{text(minutes):0>2}"


def _hour12(moment: Moment) -> int:
    return moment.at.hour % 12 or 12


def _american_date(moment: Moment) -> str:
    year = moment.year if moment.year > 0 else 1 - moment.year  # before Christ
    return f"{moment.at.month}/{moment.at.day}/{year}"


def _american_time(moment: Moment) -> str:
    return f"{_hour12(moment)}:{moment.at:%M:%S} {_noon(moment)}"


def _noon(moment: Moment) -> str:
    return "AM" if moment.at.hour < 12 else "PM"


_SIMPLE: Final[dict[str, Callable[[Moment], object]]] = {
    "a": lambda moment: _DAYS[moment.at.weekday()][:3],
    "A": lambda moment: _DAYS[moment.at.weekday()],
    "b": lambda moment: _MONTHS[moment.at.month - 1][:3],
    "B": lambda moment: _MONTHS[moment.at.month - 1],
    "c": lambda moment: f"{_american_date(moment)}, {_american_time(moment)}",
    "C": _century,
    "d": lambda moment: moment.at.day,
    "e": lambda moment: moment.at.day,
    "h": lambda moment: _MONTHS[moment.at.month - 1][:3],
    "H": lambda moment: moment.at.hour,
    "I": _hour12,
    "j": _day_of_year,
    "k": lambda moment: moment.at.hour,
    "l": _hour12,
    "L": _milliseconds,
    "m": lambda moment: moment.at.month,
    "M": lambda moment: moment.at.minute,
    "p": _noon,
    "P": lambda moment: _noon(moment).lower(),
    "q": _ordinal,
    "s": lambda moment: math.floor(moment.shown_ms / 1000 + 0.5),
    "S": lambda moment: moment.at.second,
    "u": lambda moment: moment.at.isoweekday(),
    "U": lambda moment: _week(moment, 0),
    "w": _weekday,
    "W": lambda moment: _week(moment, 1),
    "x": _american_date,
    "X": _american_time,
    "y": lambda moment: str(moment.year)[2:4],
    "Y": lambda moment: moment.year,
    "t": lambda _: "\t",
    "n": lambda _: "\n",
    "%": lambda _: "%",
}


def _simple(convert: Callable[[Moment], object]) -> Callable[[Moment, _Asked], str]:
    return lambda moment, _asked: str(convert(moment))


_CONVERSIONS: Final[dict[str, Callable[[Moment, _Asked], str]]] = {
    **{letter: _simple(convert) for letter, convert in _SIMPLE.items()},
    "N": _fraction,
    "z": _offset,
    "Z": lambda moment, asked: moment.zone or _offset(moment, asked),
}
