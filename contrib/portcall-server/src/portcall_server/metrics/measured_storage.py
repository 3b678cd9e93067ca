"""An outbox's storage that counts what workers note down in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from portcall.outbox import Claim, Finding, OutboxStorage, Settlement
from portcall_server.metrics.counters import Counters

_SECOND_US: Final = 1_000_000


def measured(
    storage: OutboxStorage, counters: Counters, slug_of: Callable[[str], str]
) -> OutboxStorage:
    """Return a storage that counts what becomes of events.

    Args:
        storage: Keeps them.
        counters: Where it is counted.
        slug_of: Returns the destination of a connection.
    """
    return cast("OutboxStorage", _Measured(storage, counters, slug_of))


class _Measured:
    """Hands everything on, and counts what is noted."""

    def __init__(
        self, storage: OutboxStorage, counters: Counters, slug_of: Callable[[str], str]
    ) -> None:
        self._storage = storage
        self._counters = counters
        self._slug_of = slug_of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def note(
        self, claim: Claim, settlements: Sequence[Settlement], begun: Sequence[int] = ()
    ) -> None:
        """Write down what became of events, then count it."""
        self._storage.note(claim, settlements, begun)
        self._measure(claim, settlements)

    def end(
        self,
        claim: Claim,
        settlements: Sequence[Settlement] = (),
        finding: Finding | None = None,
    ) -> None:
        """End a claim with its last outcomes, then count them."""
        self._storage.end(claim, settlements, finding)
        self._measure(claim, settlements)

    def _measure(self, claim: Claim, settlements: Sequence[Settlement]) -> None:
        lane = claim.lane
        labels = self._slug_of(lane.connection), lane.connection, lane.action
        now_us = self._storage.clock.now_us()
        put_us: dict[int, int] = {}
        for each in settlements:
            self._counters.outcome(*labels, each.outcome or each.state, len(each.ids))
            if each.state == "delivered":
                put_us = put_us or dict(zip(claim.ids, claim.put_us, strict=True))
                for event_id in put_us.keys() & set(each.ids):
                    self._counters.lag(*labels, (now_us - put_us[event_id]) / _SECOND_US)
