"""Events on their way together, kept by columns: an object for a batch, and none for each event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from hashlib import sha256
from typing import Any, TypeVar
from uuid import uuid4

_T = TypeVar("_T")


class KeyedEvent(dict[str, Any]):
    """An event that is delivered more than once, and has no ``messageId`` to tell that by.

    Attributes:
        delivery_key: The same at every delivery of the event, and of no other event.
    """

    __slots__ = ("delivery_key",)

    delivery_key: str


class Batch:
    """The events of one call of an action: as many as its batches hold, or one.

    A column of one value holds for every event: payloads that only layers look at, which see that of the
    first event, and events that no function asks for.

    Args:
        index: The place of the first event among the events, from 0.
        event: As it came; empty where no function asks for it, which saves memory.
        payload: What was made of it.
        data: Its JSON, where the action's batches need it.

    Attributes:
        indexes: The places of the events, ascending.
        events: Of each, or one for all.
        payloads: Of each, or one for all.
        datas: Of each.
    """

    __slots__ = ("_keys", "datas", "events", "indexes", "payloads")

    def __init__(self, index: int, event: Mapping[str, Any], payload: Any, data: bytes) -> None:
        self.indexes = [index]
        self.events = [event]
        self.payloads = [payload]
        self.datas = [data]
        self._keys: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.indexes)

    def add(self, other: Batch, *, shares: bool, keeps: bool) -> None:
        """Take another event.

        Args:
            other: A batch of it alone.
            shares: The payload of the first event is that of all.
            keeps: A function asks for the events.
        """
        self.indexes += other.indexes
        self.datas += other.datas
        if not shares:
            self.payloads += other.payloads
        if keeps:
            self.events += other.events

    def picked(self, places: Sequence[int]) -> Batch:
        """Return the batch of some of the events, by their places in this one."""
        indexes = self.indexes
        part = copy(self)  # which remembers the same keys
        part.events = self._picked(self.events, places)
        part.payloads = self._picked(self.payloads, places)
        part.datas = self._picked(self.datas, places)
        part.indexes = [indexes[place] for place in places]
        return part

    def keys(self, salt: bytes) -> list[str]:
        """Return their idempotency keys: the same at every attempt; with a ``messageId`` in every run.

        Args:
            salt: Makes keys differ between subscriptions.
        """
        keys = self._keys
        for index, event in zip(self.indexes, self.events, strict=True):
            if index not in keys:
                keys[index] = _key(event, salt)
        return [keys[index] for index in self.indexes]

    def _picked(self, column: list[_T], places: Sequence[int]) -> list[_T]:
        return [column[place] for place in places] if len(column) == len(self.indexes) else column


def _key(event: Mapping[str, Any], salt: bytes) -> str:
    known = event.get("messageId")
    if isinstance(known, str) and known:
        return sha256(salt + known.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    if isinstance(event, KeyedEvent):
        return sha256(salt + event.delivery_key.encode()).hexdigest()[:32]
    return uuid4().hex
