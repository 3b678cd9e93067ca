"""What workers do now and then: renew and recover leases, release connections, forget old events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from portcall.outbox.clock import SECOND_US
from portcall.outbox.findings import generation_of
from portcall.outbox.lane_plans import Opener
from portcall.outbox.opened_lanes import OpenedLanes
from portcall.outbox.storage import OutboxStorage

_logger: Final = logging.getLogger("portcall.outbox")

_PURGE_S: Final = 60.0
_LOOK_S: Final = 5.0


class WorkerDuties:
    """Done by the thread that hands out lanes, each when it is due.

    Args:
        host: Has the stored connections.
        storage: The outbox.
        opened: Connections that are open.
        lease_s: Seconds after which others take over the events of a process that has died.
        claim_ids: Returns the claims that are under way.
    """

    def __init__(
        self,
        host: Opener,
        storage: OutboxStorage,
        opened: OpenedLanes,
        lease_s: float,
        claim_ids: Callable[[], Sequence[int]],
    ) -> None:
        self._host: Final = host
        self._storage: Final = storage
        self._opened: Final = opened
        self._lease_s: Final = lease_s
        self._claim_ids: Final = claim_ids
        self._seen_s = 0.0
        self._next: dict[str, float] = {}

    @property
    def are_due(self) -> bool:
        """Whether there is something to do; only after the first `see_to`."""
        return monotonic() >= min(self._next.values())

    def begin(self) -> None:
        """Begin anew, however long ago the duties were last seen to."""
        self._seen_s = 0.0

    def see_to(self) -> None:
        """Do what is due."""
        third_s = self._lease_s / 3
        now_s = self._storage.clock.now_us() / SECOND_US
        if self._seen_s and now_s - self._seen_s > max(third_s, _LOOK_S):  # the machine slept, say
            self._next["renew"] = 0.0
            self.let_others_renew()
        self._seen_s = now_s
        for name, duty, every_s in (
            ("renew", self._renew, third_s),
            ("recover", self._recover, min(third_s, _LOOK_S)),
            ("release", self._release, _LOOK_S),
            ("purge", self._storage.purge, _PURGE_S),
        ):
            if monotonic() >= self._next.get(name, 0.0):
                duty()
                self._next[name] = monotonic() + every_s

    def let_others_renew(self) -> None:
        """Recover nothing for now: while an outbox is away, workers that live cannot renew their leases."""
        self._next["recover"] = monotonic() + self._lease_s / 3

    def _renew(self) -> None:
        claim_ids = self._claim_ids()
        if claim_ids or self._storage.clock.skew_s > 1.0:
            self._storage.renew(claim_ids, self._lease_s)

    def _recover(self) -> None:
        taken = self._storage.recover()
        if taken:
            _logger.warning("%d events were under way when their worker ended", taken)

    def _release(self) -> None:
        """Release connections whose record has changed since their credentials were refused."""
        for name, generation in self._storage.parked().items():
            if generation is not None:
                found = generation_of(self._host, name)
                if found not in {None, generation}:
                    _logger.info("%s: its connection has changed; its events go out again", name)
                    self._opened.forget(name)
                    self._storage.release(name)
