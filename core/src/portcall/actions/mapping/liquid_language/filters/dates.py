"""Filters that write dates. The machine's time zone counts for nothing: what has no zone is in UTC."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, Final

from portcall.actions.mapping.liquid_language.dates.calendar_days import Moment, moment
from portcall.actions.mapping.liquid_language.dates.instants import clipped, instant_of
from portcall.actions.mapping.liquid_language.dates.strftime import write
from portcall.actions.mapping.liquid_language.dates.zones import close_name, offset_of
from portcall.actions.mapping.liquid_language.filters.filter import VARIES, Filter
from portcall.actions.mapping.liquid_language.javascript import plain, show
from portcall.actions.mapping.liquid_language.scope import LiquidError, Scope
from portcall.actions.mapping.values import MISSING

_DEFAULT: Final = "%A, %B %-e, %Y at %-l:%M %P %z"


def _date(_scope: Scope, value: Any, form: Any = MISSING, zone: Any = MISSING) -> Any:
    shown = _moment(value, zone)
    form = plain(form)
    if shown is None:
        return value
    return write(shown, _DEFAULT if form is None or form is MISSING else show(form))


def _moment(value: Any, zone: Any = MISSING) -> Moment | None:
    """What clock and calendar show; None if the value is not a date."""
    instant = instant_of(value, time.time())
    if instant is None:
        return None
    if zone is None or zone is MISSING:
        return moment(instant, 0, "UTC")
    offset = offset_of(zone, instant)
    shown = math.nan if math.isnan(offset) else instant - offset * 60_000
    found = clipped(shown)
    return None if found is None else moment(found, offset, zone if isinstance(zone, str) else "")


def _fixed(form: str) -> Filter:
    def apply(_scope: Scope, value: Any) -> Any:
        shown = _moment(value)
        return value if shown is None else write(shown, form)

    return Filter(apply, steady=False)


def _in_words(month: str) -> Filter:
    def apply(_scope: Scope, value: Any, kind: Any = MISSING, style: Any = MISSING) -> Any:
        shown = _moment(value)
        if shown is None:
            return value
        if kind != "ordinal":
            return write(shown, f"%d {month} %Y")
        return write(shown, f"{month} %-d%q, %Y" if style == "US" else f"%-d%q {month} %Y")

    return Filter(apply, steady=False)


def _known_zone(arguments: Sequence[Any]) -> None:
    zone = arguments[1] if len(arguments) > 1 else VARIES
    if isinstance(zone, str):
        try:
            offset_of(zone, 0)
        except LiquidError as error:
            close = close_name(zone)
            hint = f" (did you mean {close!r}?)" if close else ""
            raise LiquidError(f"{error}{hint}") from None


FILTERS: Final = {
    "date": Filter(_date, check=_known_zone, steady=False),
    "date_to_long_string": _in_words("%B"),
    "date_to_rfc822": _fixed("%a, %d %b %Y %H:%M:%S %z"),
    "date_to_string": _in_words("%b"),
    "date_to_xmlschema": _fixed("%Y-%m-%dT%H:%M:%S%:z"),
}
