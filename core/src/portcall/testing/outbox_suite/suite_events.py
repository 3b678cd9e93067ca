"""What the outbox suites share: events to put, and steps of a worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from portcall.outbox import (
    Claim,
    Lane,
    NewEvent,
    OutboxStorage,
    Settlement,
)

OutboxFactory: TypeAlias = Callable[..., Any]
"""Opens the outbox under test."""

LANE = Lane(connection="shop", action="track")
MOST_BYTES = 1 << 20


def event(name: str, **more: Any) -> NewEvent:
    """Return an event to put."""
    return NewEvent(data=json.dumps({"event": name}), **more)


def take(outbox: OutboxStorage, most: int = 100, lease_s: float = 60.0) -> Claim:
    """Claim from the lane that has waited longest."""
    ready = outbox.ready()[0]
    claim = outbox.claim(ready.id, most, MOST_BYTES, lease_s, ready.lost)
    if claim is None:
        raise AssertionError("a lane is ready, and nothing of it can be claimed")
    return claim


def names(claim: Claim) -> list[str]:
    """Return the names of the events of a claim."""
    return [each["event"] for each in json.loads(claim.data)]


def deliver(outbox: OutboxStorage, claim: Claim) -> None:
    """End a claim whose events were all delivered."""
    outbox.end(claim, [Settlement(ids=claim.ids, state="delivered")])
