"""Values as JSON: with orjson where it is installed (``portcall[fast]``), else with the standard library."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from importlib import import_module
from typing import Any, Final

from portcall.errors import RequestError
from portcall.secret import Secret


def encode_json(value: Any) -> bytes:
    """Write *value* as compact JSON; dates in ISO 8601, secrets as they are.

    Raises:
        RequestError: Something in it has no JSON form, or nests too deep.
    """
    if _fast is not None:
        try:
            data = _fast(value)
        except (TypeError, ValueError, RecursionError):
            return _standard(value)  # which takes more, as secrets, and says what is wrong
        # NaN becomes null there; here it is refused, or a value would be lost in silence.
        return data if b"null" not in data else _standard(value)
    return _standard(value)


def _standard(value: Any) -> bytes:
    try:
        text = _encode(value)
        try:
            return text.encode()
        except UnicodeEncodeError:  # a lone surrogate has no UTF-8 form, but an escaped one
            return _ASCII.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        reason = _why(exc)
    raise RequestError(f"the body (json=) cannot be written as JSON: {reason}")


def _why(exc: TypeError | ValueError | RecursionError) -> str:
    if isinstance(exc, RecursionError):
        return "it is nested too deeply, or contains itself"
    if isinstance(exc, TypeError):
        return str(exc)
    if "digits" in str(exc):
        return "it has an integer of too many digits"
    if "ircular" in str(exc):
        return "it contains itself"
    return "it has a number that is NaN or too large for JSON, as 1e999 is"


def json_text(value: Any) -> str:
    """Write *value* with the standard library, as a part of some larger JSON text.

    Raises:
        TypeError, ValueError, RecursionError: Something in it has no JSON form.
    """
    return _encode(value)


def bare_encoder() -> Callable[[Any], bytes] | None:
    """Return what is fastest for an object of nothing but texts, finite numbers and truth values.

    Returns:
        orjson's own function, which raises TypeError for what it does not write; None without orjson.
    """
    if _fast is None:
        return None
    dumps: Callable[[Any], bytes] = import_module("orjson").dumps
    return dumps


def _default(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _find_fast() -> Callable[[Any], bytes] | None:
    try:
        orjson: Any = import_module("orjson")
    except ImportError:
        return None
    # What the standard library's encoder would not take, or would write otherwise, is ours to write.
    ours = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    ours |= orjson.OPT_PASSTHROUGH_SUBCLASS
    # orjson rounds an offset to minutes. Without a call of Python code, half of the time is saved.
    return partial(orjson.dumps, default=datetime.isoformat, option=ours)


_ASCII: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_default)
_ENCODER: Final = json.JSONEncoder(
    separators=(",", ":"), allow_nan=False, ensure_ascii=False, default=_default
)


def _find_encoder() -> Callable[[Any], str]:
    """Return the C encoder, made once: `JSONEncoder.encode` makes it anew for each value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _ENCODER.encode
    quote = json.encoder.encode_basestring
    encode = make(None, _default, quote, None, ":", ",", False, False, False)  # noqa: FBT003
    return lambda value: "".join(encode(value, 0))


_encode: Final = _find_encoder()
_fast: Final = _find_fast()
