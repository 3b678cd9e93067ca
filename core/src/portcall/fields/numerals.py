"""Numbers as JavaScript prints them, and so as JSON has them (ECMA-262 §6.1.6.1.20)."""

from __future__ import annotations

import re
from typing import Final

_WITH_EXPONENT: Final = re.compile(r"(-?)(\d)(?:\.(\d+))?e([-+]\d+)")
_ODD_FLOATS: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "-0.0": "0"}


def number_text(value: float) -> str:
    """Return a number as text.

    Args:
        value: No boolean; of a subclass of int or float, its number counts.

    Returns:
        ``"1"`` for 1.0, ``"1e-7"``, ``"100000000000000000000"``; every digit of an integer is kept.
        ``"NaN"``, ``"Infinity"`` and ``"-Infinity"`` for what JSON does not have.
    """
    if isinstance(value, int):
        return _integer_text(value)
    digits = float.__repr__(value)
    if "e" in digits:
        return _respelled(digits)
    return _ODD_FLOATS[digits] if digits in _ODD_FLOATS else digits.removesuffix(".0")


def _integer_text(value: int) -> str:
    try:
        return int.__repr__(value)
    except ValueError:  # beyond the digits Python prints; JavaScript is at Infinity long before
        return "Infinity" if value > 0 else "-Infinity"


def _respelled(digits: str) -> str:
    """Return Python's ``1e-07`` as ``1e-7``, its ``1e+16`` and ``1e-05`` without exponent."""
    parts: tuple[str, ...] = _WITH_EXPONENT.findall(digits)[0]
    sign, first, rest, power = parts
    exponent = int(power)
    if 0 <= exponent < 21:
        return sign + first + rest.ljust(exponent, "0")
    if -7 < exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{first}{rest}"
    return f"{sign}{first}{'.' * bool(rest)}{rest}e{exponent:+d}"
