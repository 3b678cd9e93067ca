"""JSON texts as JavaScript writes and reads them (ECMA-262 §25.5)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from portcall.actions.mapping.values import MISSING, foreign_text, is_array, is_object, text

_quote = json.JSONEncoder(ensure_ascii=False).encode
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def encode(value: Any) -> str:
    """The JSON text of a value, as ``JSON.stringify`` writes it.

    Args:
        value: A JSON value; missing keys are left out, dates become ISO 8601 texts, NaN and infinity null.

    Returns:
        No spaces, 1.0 as ``1``, everything but control characters and lone surrogates unescaped.

    Raises:
        MappingError: The value, or one inside it, is not JSON.
    """
    if isinstance(value, str):
        return _string(value)
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, (int, float)):
        return _number(value)
    if is_object(value):
        return f"{{{','.join(_members(value))}}}"
    if is_array(value):
        return f"[{','.join([encode(item) for item in value])}]"
    return _string(foreign_text(value))


def decode(value: Any) -> Any:
    """The value of a JSON text; anything that is none, as it is.

    Args:
        value: Any JSON value.

    Returns:
        A fresh value for a JSON text, else ``value`` itself.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_refuse)
    except ValueError:
        return value


def _members(value: Mapping[str, Any]) -> list[str]:
    members = value.items()
    return [f"{_string(str(k))}:{encode(v)}" for k, v in members if v is not MISSING]


def _string(value: str) -> str:
    quoted = _quote(value)
    if quoted.isascii():
        return quoted
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _number(value: float) -> str:
    written = text(value)
    return "null" if written.endswith(("Infinity", "NaN")) else written


def _refuse(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
