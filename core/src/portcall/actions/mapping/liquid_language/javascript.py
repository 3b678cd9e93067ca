"""What JavaScript makes of values: numbers, texts, order and equality (ECMA-262 §7.1, §7.2)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from portcall.actions.mapping.values import MISSING, Missing, is_array, is_object, text

WHITESPACE: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript trims, and what ``\\s`` means in its regular expressions."""

_DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_RADIX: Final = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_INFINITE: Final = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


class Literal(dict[str, Any]):
    """The value of ``nil``, ``empty`` or ``blank``: an object without keys that compares in its own way.

    Args:
        plain: What the literal stands for outside comparisons: null or the empty text.
        matches: Whether the literal equals a value that is on the other side of ``==``.
    """

    def __init__(self, plain: str | None, matches: Callable[[Any], bool]) -> None:
        super().__init__()
        self.plain = plain
        self.matches = matches


def _is_empty(value: Any) -> bool:
    if isinstance(value, Literal):
        return False
    return (isinstance(value, str) or is_array(value) or is_object(value)) and not value


def _is_blank(value: Any) -> bool:
    if isinstance(value, Literal):
        return value.plain is None
    if value is None or value is MISSING or value is False:
        return True
    return not value.strip(WHITESPACE) if isinstance(value, str) else _is_empty(value)


def _is_nil(value: Any) -> bool:
    return plain(value) is None or value is MISSING


NIL: Final = Literal(None, _is_nil)
EMPTY: Final = Literal("", _is_empty)
BLANK: Final = Literal("", _is_blank)


def plain(value: Any) -> Any:
    """Return null or the empty text for a literal like ``nil``, any other value as it is."""
    return value.plain if value.__class__ is Literal else value


def is_true(value: Any) -> bool:
    """Return whether Liquid takes a value for true: all but false, null and missing."""
    return value is not False and value is not None and value is not MISSING and value is not NIL


def show(value: Any) -> str:
    """Return what Liquid writes for a value: nothing for null, the items of a list without separator.

    Raises:
        MappingError: The value is not JSON.
    """
    if value.__class__ is str:
        return str(value)
    if is_array(value):
        return "".join([show(item) for item in value])
    return "" if value.__class__ is Literal else text(value)


def string(value: Any) -> str:
    """Return what JavaScript's ``String(value)`` returns: ``"null"`` for null, ``"1,2"`` for a list."""
    if value is None:
        return "null"
    return "undefined" if value is MISSING else text(value)


def number(value: Any) -> float:
    """Return what JavaScript's ``Number(value)`` returns: not-a-number for most texts, 0 for null."""
    convert = _NUMBERS.get(value.__class__)
    return _rare_number(value) if convert is None else convert(value)


def amount(value: Any) -> float:
    """Return a value as the operand of a mathematical filter: 0 for what is not a number."""
    found = number(value)
    return 0.0 if math.isnan(found) else found


def whole(value: Any) -> int:
    """Return a value as an index, cut at its point: 0 for what is not a number, bounded for infinity."""
    return int(max(-_FARTHEST, min(_FARTHEST, amount(value))))


def added(left: Any, right: Any) -> Any:
    """Return ``left + right`` as JavaScript adds: as texts if either is a text, a list or an object."""
    left, right = primitive(left), primitive(right)
    if isinstance(left, str) or isinstance(right, str):
        return string(left) + string(right)
    return number(left) + number(right)


def primitive(value: Any) -> Any:
    """Return a list or an object as its text, any other value as it is."""
    value = plain(value)
    return text(value) if is_array(value) or is_object(value) else value


def comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two values as JavaScript orders them: both as texts, or both as numbers."""
    left, right = primitive(left), primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return _units(left), _units(right)
    return number(left), number(right)


def equal(left: Any, right: Any) -> bool:
    """Return whether ``left == right`` in Liquid: of one type, lists item by item, objects by identity."""
    if left.__class__ is Literal:
        return bool(left.matches(right))
    if right.__class__ is Literal:
        return bool(right.matches(left))
    if is_array(left):
        return is_array(right) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    if _is_number(left):
        return _is_number(right) and bool(left == right)
    return left is right


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _units(value: str) -> bytes:
    """A text in the order of its UTF-16 units, which differs from that of its characters."""
    return value.encode("utf-16-be", "surrogatepass")


def _rare_number(value: Any) -> float:
    if is_array(value):
        return _of_list(value)
    base = next((kind for kind in (str, int, float) if isinstance(value, kind)), None)
    return math.nan if base is None else _NUMBERS[base](value)


def _of_list(items: Any) -> float:
    """A list of one item as that item's text, an empty one as 0; with a comma in it no text is a number."""
    if len(items) != 1:
        return math.nan if items else 0.0
    [item] = items
    if item is None or item is MISSING:
        return 0.0
    return math.nan if isinstance(item, (bool, Literal)) else number(item)


def _of_text(value: str) -> float:
    digits = value.strip(WHITESPACE)
    if not digits:
        return 0.0
    if _DECIMAL.fullmatch(digits):
        return float(digits)
    return (
        _of_integer(int(digits, 0)) if _RADIX.fullmatch(digits) else _INFINITE.get(digits, math.nan)
    )


def _of_integer(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


_FARTHEST: Final = float(2**53)
_NUMBERS: Final[dict[type, Callable[[Any], float]]] = {
    int: _of_integer,
    float: float,
    bool: float,
    str: _of_text,
    type(None): lambda _: 0.0,
    Missing: lambda _: math.nan,
    Literal: lambda _: 0.0,
}
