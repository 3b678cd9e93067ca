"""The filters of Liquid: all of LiquidJS 10 except those that Segment has switched off."""

from __future__ import annotations

import difflib
from typing import Final

from portcall.actions.mapping.liquid_language.filters import (
    arithmetic,
    conversions,
    dates,
    encodings,
    lists,
    texts,
)
from portcall.actions.mapping.liquid_language.filters.filter import Filter
from portcall.actions.mapping.liquid_language.scope import LiquidError

FILTERS: Final[dict[str, Filter]] = {
    **arithmetic.FILTERS,
    **conversions.FILTERS,
    **dates.FILTERS,
    **encodings.FILTERS,
    **lists.FILTERS,
    **texts.FILTERS,
}


def filter_named(name: str) -> Filter:
    """Return a filter.

    Args:
        name: As a template writes it.

    Raises:
        LiquidError: There is none, or Segment has switched it off.
    """
    if name in FILTERS:
        return FILTERS[name]
    close = difflib.get_close_matches(name, FILTERS, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise LiquidError(f"uses the filter {name!r}, which is not available{hint}")
