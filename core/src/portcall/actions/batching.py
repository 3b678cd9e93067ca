"""How an action takes many events with one request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from operator import attrgetter
from typing import Any, Final

import attrs

from portcall.actions.callee import Callee
from portcall.errors import HookError
from portcall.fields import Field, fields_of

BATCH_ARGUMENTS: Final = frozenset(
    {
        "client", "payloads", "items", "settings", "auth", "events", "saved", "sync_mode",
        "membership", "idempotency_key",
    }
)  # fmt: skip
"""What a batch function can ask for."""


@attrs.frozen(eq=False)
class Batching:
    """What holds for the batches of one action; see `Action.batch` for each entry."""

    callee: Callee
    size: int
    size_bytes: int | None
    item_bytes: int | None
    keys: tuple[str, ...]
    to_json: Callable[[Any], Any]
    max_age_s: float | None = None

    @property
    def encodes(self) -> bool:
        """Each item is written as JSON before there is a batch."""
        limited = self.size_bytes is not None or self.item_bytes is not None
        return limited or "items" in self.callee.names

    @property
    def most_item_bytes(self) -> float:
        """How long an item may be to get into any batch."""
        limits = (self.item_bytes, self.size_bytes)
        return min((limit for limit in limits if limit is not None), default=inf)

    @property
    def shares_payload(self) -> bool:
        """Only layers look at a payload, at that of the first item: sharing it saves memory."""
        return "payloads" not in self.callee.names

    @property
    def by_membership(self) -> bool:
        """A batch holds only members to add, or only members to remove."""
        return "membership" in self.callee.names


class Plain:
    """Return a payload as JSON has it: by the fields' names, without what is None.

    Args:
        names: Of the fields, two at least.
    """

    __slots__ = ("_names", "_read")

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._read = attrgetter(*names)

    def __call__(self, payload: Any) -> dict[str, Any]:
        pairs = zip(self._names, self._read(payload), strict=True)
        return {name: value for name, value in pairs if value is not None}


def plain(cls: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Make the function that returns a payload as JSON values; `Plain` if no field holds another class."""
    names = [attribute.name for attribute in attrs.fields(cls)]
    if len(names) < 2 or any(_holds_class(field) for field in fields_of(cls)):
        return _plain_with_classes
    return Plain(names)


def _plain_with_classes(payload: Any) -> dict[str, Any]:
    return {name: value for name, value in attrs.asdict(payload).items() if value is not None}


def _holds_class(field: Field) -> bool:
    return attrs.has(field.type) or (field.item is not None and _holds_class(field.item))


def check(batching: Batching, payload_class: type[Any], name: str) -> None:
    """Refuse limits that no batch could keep, and keys that are not fields.

    Raises:
        HookError: As above.
    """
    limits = (batching.size, batching.size_bytes, batching.item_bytes)
    if any(limit is not None and limit < 1 for limit in limits):
        raise HookError(f"action {name!r}: a batch must have room for one item of one byte")
    known = [attribute.name for attribute in attrs.fields(payload_class)]
    if batching.max_age_s is not None and not 0 < batching.max_age_s < inf:
        raise HookError(f"action {name!r}: a batch must be allowed to become older than 0 s")
    unknown = [key for key in batching.keys if key not in known]
    if unknown:
        raise HookError(
            f"action {name!r}: batches cannot be grouped by {', '.join(unknown)}; "
            f"its payload has {', '.join(known)}"
        )
