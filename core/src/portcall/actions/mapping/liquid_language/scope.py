"""What a template sees while it is rendered, and how much it may still make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from portcall.actions import utf16
from portcall.actions.mapping.liquid_language.javascript import Literal, plain, string
from portcall.actions.mapping.values import MISSING, is_array, is_object

MOST_MADE: Final = 5_000_000
"""Characters and items that the filters of one template may make for one event, all together."""


class LiquidError(ValueError):
    """A template that cannot be compiled, or cannot be rendered for one event; `MappingError` outside."""


class Scope:
    """One event, and what the template has assigned so far.

    Args:
        event: A JSON object; never changed.

    Attributes:
        names: Values of ``assign`` and ``capture``.
        counters: Values of ``increment`` and ``decrement``.
        cycles: The place where each ``cycle`` stands.
    """

    __slots__ = ("_left", "counters", "cycles", "event", "names")

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self.names: dict[str, Any] = {}
        self.counters: dict[str, float] = {}
        self.cycles: dict[tuple[str, int], int] = {}
        self._left: float = MOST_MADE

    def spend(self, made: float) -> None:
        """Count what is made.

        Args:
            made: Characters or items.

        Raises:
            LiquidError: They are more than the template may make.
        """
        self.allow(made)
        self._left -= made

    def allow(self, made: float) -> None:
        """Refuse to make what would be too much; nothing is counted.

        Args:
            made: Characters or items.

        Raises:
            LiquidError: They are more than the template may still make.
        """
        if made > self._left:
            raise LiquidError(f"makes more than {MOST_MADE} characters and items")

    def joined(self, parts: list[str]) -> str:
        """Return one text of several.

        Raises:
            LiquidError: It is more than the template may still make.
        """
        self.spend(sum(map(len, parts)))
        return "".join(parts)

    def root(self, name: str) -> Any:
        """Return a value by its name: assigned, counted, or a key of the event.

        Args:
            name: The first part of a path.

        Returns:
            `MISSING` if there is none; but ``size`` is 0 then, the size of an object without keys.
        """
        for known in (self.names, self.counters, self.event):
            if name in known:
                return known[name]
        return 0 if name == "size" else MISSING


Read = Callable[[Scope], Any]
"""What an expression compiles to."""


def key_of(key: Any) -> str:
    """Return the key of an object that JavaScript makes of any value."""
    return key if isinstance(key, str) else string(plain(key))


def property_of(value: Any, key: Any) -> Any:
    """Return one step of a path, as LiquidJS reads it.

    Args:
        value: What the path has led to.
        key: A key of an object, or an index of a list or a text; one of a list may count from its end.

    Returns:
        `MISSING` for what is not there. Null has no properties: what is read of it is null.
    """
    if value is None or value is MISSING or value.__class__ is Literal:
        return None if value is None else MISSING
    if is_array(value):
        return _of_list(value, key)
    if isinstance(value, str):
        name = key_of(key)
        return utf16.length(value) if name in {"length", "size"} else _indexed(value, name)
    if not is_object(value):
        return MISSING
    name = key_of(key)
    return value.get(name, len(value) if name == "size" else MISSING)


def _of_list(value: Any, key: Any) -> Any:
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        return _indexed(value, key_of(len(value) + key if key < 0 else key))
    name = key_of(key)
    if name in {"length", "size"}:
        return len(value)
    if name in {"first", "last"}:
        return value[0 if name == "first" else -1] if value else MISSING
    return _indexed(value, name)


def _indexed(value: Any, name: str) -> Any:
    """An item by its index as JavaScript writes it: ``"7"``, neither ``"07"`` nor ``"-1"``."""
    if not (name.isascii() and name.isdigit()) or len(name) > _LONGEST_INDEX:
        return MISSING
    index = int(name)
    if name != str(index):
        return MISSING
    if isinstance(value, str):
        found = utf16.character_at(value, index)
        return MISSING if found is None else found
    return value[index] if index < len(value) else MISSING


_LONGEST_INDEX: Final = 10


def as_event(item: Any) -> Mapping[str, Any]:
    """Return an item of a list as what a template sees, for filters that read paths in it."""
    if is_object(item):
        return item
    if is_array(item) or isinstance(item, str):
        parts = {str(index): part for index, part in enumerate(item)}
        return {**parts, "length": property_of(item, "length")}
    return {}
