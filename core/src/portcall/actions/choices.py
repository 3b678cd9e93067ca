"""The values that a destination offers for a field, fetched when a person asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs


@attrs.frozen
class Choice:
    """One value to choose.

    Args:
        value: What the field gets.
        label: What a person sees.
    """

    value: Any
    label: str


def _choices(given: Iterable[object]) -> tuple[Choice, ...]:
    return tuple(_choice(each) for each in given)


def _choice(given: Any) -> Choice:
    if isinstance(given, Choice):
        return given
    value, label = given if isinstance(given, tuple) else (given, given)
    return Choice(value, str(label))


@attrs.frozen
class Choices:
    """One page of values to choose from.

    Args:
        items: Values, or pairs of value and label, or `Choice`.
        next_page: What to ask for the page after this one with; None on the last.
    """

    items: tuple[Choice, ...] = attrs.field(default=(), converter=_choices)
    next_page: str | None = None

    def matching(self, query: str) -> Choices:
        """Return those that have *query* in value or label, in any case of letters."""
        wanted = query.casefold()
        found = [c for c in self.items if wanted in f"{c.value}\n{c.label}".casefold()]
        return Choices(found, self.next_page)
