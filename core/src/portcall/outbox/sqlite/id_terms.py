"""Ids of events in SQL: a range where there is no gap, and a list of any length otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

IDS: Final = "(SELECT value FROM json_each(?))"
"""The ids in a JSON array, as one argument however many there are."""


def among(ids: Sequence[int]) -> tuple[str, tuple[object, ...]]:
    """Return the SQL term that selects these ids, and its arguments."""
    whole = set(ids)
    low, high = min(whole, default=0), max(whole, default=-1)
    if high - low == len(whole) - 1:
        return "id BETWEEN ? AND ?", (low, high)
    return f"id IN {IDS}", (json.dumps(list(whole)),)
