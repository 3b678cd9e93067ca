"""The Liquid language as mappings may use it: no loops, no blow-up, JavaScript's numbers."""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable
from typing import Any, Final

from portcall.actions.mapping.jsontext import encode

_TAGS: Final = ("case", "for", "include", "layout", "render", "tablerow")
_FILTERS: Final = frozenset(
    (
        "array_to_sentence_string",
        "concat",
        "find",
        "find_exp",
        "find_index",
        "find_index_exp",
        "group_by",
        "group_by_exp",
        "has",
        "has_exp",
        "map",
        "newline_to_br",
        "reject",
        "reject_exp",
        "reverse",
        "sort",
        "sort_natural",
        "uniq",
        "where_exp",
        "type",
    )
)
_MOST_TEXT: Final = 100_000  # characters out of one filter, and out of one template
_MOST_HTML: Final = 10_000  # the standard library's HTML parser is not linear
_MOST_BITS: Final = 1_024  # of an integer; JavaScript's numbers end there


@functools.cache
def engine() -> Any:
    """The one environment, made on first use.

    Raises:
        ImportError: python-liquid is not installed.
    """
    liquid = importlib.import_module("liquid")
    kind = type("Environment", (liquid.Environment,), {"output_stream_limit": _MOST_TEXT * 4})
    environment = kind()
    environment.string_sequences = environment.string_first_and_last = True
    for tag in _TAGS:
        environment.tags.pop(tag, None)
    own = {"divided_by": _divided_by, "round": _round, "json": _json, "jsonify": _json}
    environment.filters = {
        name: _guarded(name, apply)
        for name, apply in {**environment.filters, **own}.items()
        if name not in _FILTERS
    }
    return environment


def _guarded(name: str, apply: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that keeps texts and numbers within bounds."""

    @functools.wraps(apply)
    def guarded(value: Any, *args: Any, **kwargs: Any) -> Any:
        _limit(_expected(name, value, args))
        result = apply(value, *args, **kwargs)
        if isinstance(result, str):
            _limit(len(result))
        elif isinstance(result, int) and result.bit_length() > _MOST_BITS:
            raise OverflowError(f"{name} makes a number too large")
        return _whole(result)

    return guarded


def _expected(name: str, value: Any, args: tuple[Any, ...]) -> int:
    """A bound for what a filter makes or takes, where it can be much more than it was given."""
    if isinstance(value, range):
        return len(value)
    if name == "strip_html":
        return len(str(value)) * _MOST_TEXT // _MOST_HTML
    if name.startswith("replace") and len(args) > 1:
        return str(value).count(str(args[0])) * len(str(args[1]))
    if name == "join" and args and isinstance(value, (list, tuple)):
        return len(value) * len(str(args[0]))
    return 0


def _limit(size: int) -> None:
    if size > _MOST_TEXT:
        raise OverflowError(f"a text of more than {_MOST_TEXT} characters")


def _whole(result: Any) -> Any:
    """A float without fraction as an integer, which prints without ``.0``."""
    is_whole = isinstance(result, float) and result.is_integer() and abs(result) < 2**53
    return int(result) if is_whole else result


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _divided_by(value: Any, divisor: Any) -> float:
    return _number(value) / _number(divisor)


def _round(value: Any, digits: Any = 0) -> float:
    scale = 10.0 ** int(_number(digits))
    return math.floor(_number(value) * scale + 0.5) / scale


def _json(value: Any, *_indent: Any) -> str:
    absent = isinstance(value, importlib.import_module("liquid").Undefined)
    return "" if absent else encode(value)
