"""The rows of an Arrow record batch as Python values, without loss."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS: Final = 1_000_000_000


def python_rows(batch: Any) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a record batch; instants and times of nanoseconds are text where they have some."""
    columns = [_values(batch.column(index)) for index in range(batch.num_columns)]
    return zip(*columns, strict=True) if columns else iter([()] * batch.num_rows)


def _values(array: Any) -> list[Any]:
    try:
        # Of a map, the object that JSON has; keys that are there twice cannot both be kept.
        values: list[Any] = array.to_pylist(maps_as_pydicts="strict")
    except (ValueError, KeyError, OverflowError):
        return [_value(scalar) for scalar in array]
    return values


def _value(scalar: Any) -> Any:
    """Return one value; what pyarrow has no Python object for is converted part by part."""
    if not scalar.is_valid:
        return None
    kind = str(scalar.type)
    for begin, convert in _CONVERTED:
        if kind.startswith(begin):
            return convert(scalar)
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        return Unwritable(f"{kind} {getattr(scalar, 'value', '')}")


def _struct(scalar: Any) -> dict[str, Any]:
    return {name: _value(scalar[name]) for name in list(scalar)}


def _list(scalar: Any) -> list[Any]:
    return [_value(each) for each in scalar.values]


def _duration(scalar: Any) -> Any:
    whole, nanos = divmod(scalar.value, _NANOS)
    return scalar.value / _NANOS if nanos else whole


def _map(scalar: Any) -> Any:
    pairs = [(_value(entry["key"]), _value(entry["value"])) for entry in scalar.values]
    keys = {key for key, _ in pairs}
    if len(keys) < len(pairs):
        return Unwritable("a map with a key twice")
    return dict(pairs)


def _instant(scalar: Any) -> Any:
    whole, nanos = divmod(scalar.value, _NANOS)
    try:
        text = (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    except OverflowError:
        return Unwritable(f"{scalar.type} {scalar.value}")
    fraction = f".{nanos:09}".rstrip("0") if nanos else ""
    return f"{text}{fraction}{'Z' if scalar.type.tz else ''}"


def _time(scalar: Any) -> str:
    whole, nanos = divmod(scalar.value, _NANOS)
    fraction = f".{nanos:09}".rstrip("0") if nanos else ""
    return f"{timedelta(seconds=whole)!s:0>8}{fraction}"


class Unwritable:
    """A value that neither Python nor JSON has.

    Args:
        text: What it is.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


_CONVERTED: Final = (
    ("timestamp[ns", _instant),
    ("time64[ns]", _time),
    ("duration[ns]", _duration),
    ("struct<", _struct),
    ("map<", _map),
    ("list<", _list),
    ("large_list<", _list),
    ("fixed_size_list<", _list),
)
"""By how the name of an Arrow type begins."""
