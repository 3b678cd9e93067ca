"""From an event to an item that can be sent, or to the outcome that says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from math import inf
from typing import Any, Final
from uuid import uuid4

from portcall.actions.batching import Batching
from portcall.actions.outcomes import Outcome
from portcall.delivery.plan import Plan
from portcall.model import EMPTY

_OF_EVENT: Final = frozenset({"event", "events", "membership", "idempotency_key"})
"""Who asks for one of these looks at the events, too."""


class Item:
    """One event on its way.

    Args:
        index: Its place among the events, from 0.
        event: As it came; empty where no function asks for it, which saves memory.
        payload: What was made of it.
        data: Its JSON, where the action's batches need it.
    """

    __slots__ = ("_key", "data", "event", "index", "payload")

    def __init__(self, index: int, event: Mapping[str, Any], payload: Any, data: bytes) -> None:
        self.index = index
        self.event = event
        self.payload = payload
        self.data = data
        self._key = ""

    def key(self, salt: bytes) -> str:
        """Return its idempotency key: the same at every attempt; in every run, if it has a ``messageId``."""
        if not self._key:
            known = self.event.get("messageId")
            if isinstance(known, str) and known:
                text = known.encode("utf-8", "surrogatepass")
                self._key = sha256(salt + text).hexdigest()[:32]
            else:
                self._key = uuid4().hex
        return self._key


def preparer(
    plan: Plan, refuse: Callable[[int, Exception], Outcome]
) -> Callable[[int, Any], Item | Outcome]:
    """Make the function that prepares events.

    Args:
        plan: What is to be delivered.
        refuse: Called with what was raised for an event, and its place: returns its outcome, or raises.
    """
    matches, read, pack = plan.matches, plan.read, plan.pack
    most = _most_bytes(plan.batching)
    keeps = not _OF_EVENT.isdisjoint(plan.callee.names)

    def prepare(index: int, event: Any) -> Item | Outcome:
        try:
            if matches is not None and not matches(event):
                return _unwanted(index, event)
            if event.__class__ is not dict and not isinstance(event, Mapping):
                return _unwanted(index, event)
            payload, data = (read(event), b"") if pack is None else pack(event)
            if len(data) > most:
                reason = f"it has {len(data)} bytes; at most {most} are taken"
                return Outcome("rejected", index, reason)
            return Item(index, event if keeps else EMPTY, payload, data)
        except Exception as exc:  # noqa: BLE001  # one bad event never stops the others
            return refuse(index, exc)

    return prepare


def _unwanted(index: int, event: object) -> Outcome:
    if isinstance(event, Mapping):
        return Outcome("skipped", index)
    return Outcome(
        "rejected", index, f"an event must be a JSON object; this is a {type(event).__name__}"
    )


def _most_bytes(batching: Batching | None) -> float:
    """Return how long an item may be to get into any batch."""
    limits = (batching.item_bytes, batching.size_bytes) if batching else ()
    return min((limit for limit in limits if limit is not None), default=inf)
