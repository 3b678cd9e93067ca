"""Values to choose from for one field of an action: declared, or listed by the destination page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from portcall.actions.action import Action
from portcall.actions.choices import Choice, Choices
from portcall.errors import HookError
from portcall.fields import Field, dynamic

MOST_VALUES: Final = 10_000
MOST_PAGES: Final = 100


@attrs.frozen
class Found:
    """What one or several pages came to.

    Args:
        items: The values, in the destination's order.
        next_page: What the page after the last one is asked for with; None if there is none.
        left_off: How many values of the last page are not in *items*.
    """

    items: tuple[Choice, ...]
    next_page: str | None = None
    left_off: int = 0


def fixed(field: Field, query: str) -> Choices | None:
    """Return the choices that the plugin itself declares; None where the destination is asked."""
    choices = declared_choices(field)
    if choices is None or choices is dynamic:
        return None
    return Choices(choices).matching(query)


def follow(
    fetch: Callable[[str | None], Choices],
    page: str | None,
    *,
    values: int | None = None,
    pages: int = MOST_PAGES,
    tick: Callable[[int], object] = bool,
) -> Found:
    """Get pages until there are no more, or enough.

    Args:
        fetch: Gets the page of that token.
        page: The first one's token.
        values: How many are enough; None for all of every page.
        pages: How many pages are enough.
        tick: Hears how many values there are so far.

    Raises:
        HookError: A page leads back to an earlier one.
    """
    items: list[Choice] = []
    seen: set[str | None] = set()
    for _ in range(pages):
        if page in seen:
            raise HookError("the pages of choices go in a circle; get single ones with --page")
        seen.add(page)
        found = fetch(page)
        items += found.items
        page = found.next_page
        if page is None or (values is not None and len(items) >= values):
            break
        tick(len(items))
    shown = items if values is None else items[:values]
    return Found(tuple(shown), page, len(items) - len(shown))


def offered_names(action: Action) -> list[str]:
    """Name the fields whose values the destination lists."""
    return [field.name for field in action.fields if _is_listed(action, field)]


def is_offered(action: Action, field: Field) -> bool:
    """Return whether there are values to choose from for a field of an action."""
    return isinstance(declared_choices(field), tuple) or _is_listed(action, field)


def _is_listed(action: Action, field: Field) -> bool:
    return declared_choices(field) is dynamic and action.aside(f"choices {field.name}") is not None


def declared_choices(field: Field) -> Any:
    """Return what a field says of its choices; a list speaks of its items'."""
    while field.choices is None and field.item is not None:
        field = field.item
    return field.choices
