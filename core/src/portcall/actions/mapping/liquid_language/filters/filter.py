"""One filter: what it does, and what is known of its arguments before there is an event."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from portcall.actions.mapping.liquid_language.scope import LiquidError

VARIES: Final = object()
"""Stands for an argument that depends on the event."""

Check = Callable[[Sequence[Any]], None]
"""Refuses arguments with which a filter can only fail, by a `LiquidError`."""


def _most(filter_: Filter) -> int | None:
    """The number of arguments behind the scope and the value; None for any number."""
    parameters = inspect.signature(filter_.apply).parameters.values()
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters):
        return None
    return len(parameters) - 2


@attrs.frozen
class Filter:
    """One filter.

    Args:
        apply: From the scope, the value and the arguments to the new value. `MISSING` stands for an
            argument that is not given.
        check: Refuses arguments with which the filter can only fail.
        steady: Whether one input always makes one output.
        most: How many arguments count; None for all.
    """

    apply: Callable[..., Any]
    check: Check = attrs.field(kw_only=True, default=lambda _: None)
    steady: bool = attrs.field(kw_only=True, default=True)
    most: int | None = attrs.field(init=False, default=attrs.Factory(_most, takes_self=True))


def one_argument(arguments: Sequence[Any]) -> None:
    """Refuse none and several arguments.

    Raises:
        LiquidError: There is not exactly one.
    """
    if len(arguments) != 1:
        raise LiquidError(f"needs one argument; it has {len(arguments)}")
