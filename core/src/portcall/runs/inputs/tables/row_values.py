"""Values of tables as JSON has them."""

from __future__ import annotations

import base64
import ipaddress
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID


def json_value(value: Any) -> Any:
    """Return a value as JSON has it.

    Instants are RFC 3339; one without time zone has no offset. A decimal is a number if a double holds it
    exactly as it is written, else text; a duration is seconds; bytes are base64 (RFC 4648 §4).

    Raises:
        ValueError: JSON has no such value; names it.
    """
    kind = type(value)
    if value is None or kind in _SAME:
        return value
    if kind is float:
        return _finite(value)
    for known, convert in _CONVERTED:
        if isinstance(value, known):
            return convert(value)
    raise ValueError(f"JSON has no value for {kind.__name__}")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"JSON has no value for {value}")
    return value


def _decimal(value: Decimal) -> int | float | str:
    if not value.is_finite():
        raise ValueError(f"JSON has no value for {value}")
    if value == value.to_integral_value() and value.adjusted() < _DIGITS:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)


def _instant(value: datetime) -> str:
    text = value.isoformat()
    is_utc = value.tzinfo is not None and value.utcoffset() == timedelta(0)
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if is_utc else text


def _seconds(value: timedelta) -> int | float:
    whole = value // timedelta(seconds=1)
    return whole if value == timedelta(seconds=whole) else value.total_seconds()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {_name(key): json_value(each) for key, each in value.items()}


def _name(key: Any) -> str:
    key = json_value(key)
    return key if isinstance(key, str) else str(key)


def _list(value: Any) -> list[Any]:
    return [json_value(each) for each in value]


_ADDRESSES: Final = (
    ipaddress.IPv4Address, ipaddress.IPv4Interface, ipaddress.IPv4Network,
    ipaddress.IPv6Address, ipaddress.IPv6Interface, ipaddress.IPv6Network,
)  # fmt: skip
_DIGITS: Final = 40
_SAME: Final = frozenset({str, int, bool})
_CONVERTED: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (str, str),
    (bool, bool),
    (int, int),
    (float, lambda value: _finite(float(value))),
    (Decimal, _decimal),
    (datetime, _instant),
    (date | time, lambda value: value.isoformat()),
    (timedelta, _seconds),
    (bytes | bytearray | memoryview, _base64),
    ((UUID, *_ADDRESSES), str),
    (Mapping, _mapping),
    (list | tuple | set | frozenset, _list),
)
