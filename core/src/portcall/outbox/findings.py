"""What a claim shows of its connection: it serves, it fails for now, or it has to be parked."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from portcall.delivery.retry import Retry
from portcall.errors import PortcallError
from portcall.outbox.claim_delivery import ClaimDelivery
from portcall.outbox.clock import SECOND_US
from portcall.outbox.lane_plans import Opener
from portcall.outbox.opened_lanes import OpenedLanes
from portcall.outbox.records import Finding
from portcall.outbox.storage import OutboxStorage
from portcall.raised import text_of
from portcall.store import StoreBusyError, StoreError, StoreUnavailableError

_logger: Final = logging.getLogger("portcall.outbox")

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 60.0


class Findings:
    """Makes the findings of workers.

    Args:
        host: Has the stored connections.
        opened: Connections that are open; one that is parked is forgotten.
        retry: Has the time.
        storage: The outbox, for its clock.
    """

    def __init__(
        self, host: Opener, opened: OpenedLanes, retry: Retry, storage: OutboxStorage
    ) -> None:
        self._host: Final = host
        self._opened: Final = opened
        self._retry: Final = retry
        self._storage: Final = storage  # its clock may need a server, which may be away now

    def of_unopened(self, name: str, exc: PortcallError) -> Finding:
        """Return what an error of opening a connection means for its events, all of which stay."""
        if isinstance(exc, StoreBusyError | StoreUnavailableError):
            return Finding(kind="fails", reason=text_of(exc), opens_us=self._opens_us(1, None))
        _logger.warning("%s: parked: %s", name, text_of(exc))
        # It is looked at again when the record changes, or is made.
        generation = generation_of(self._host, name) or 0
        return Finding(kind="parks", reason=text_of(exc), generation=generation)

    def of_delivery(self, name: str, delivery: ClaimDelivery, failures: int) -> Finding | None:
        """Return what a delivery has shown of its connection; None if that is nothing new.

        Args:
            name: Of the connection.
            delivery: It has ended.
            failures: Claims of the connection that failed in a row before this one.
        """
        watch = delivery.watch
        if delivery.reauthorize or watch.blocked:
            reason = delivery.reauthorize or watch.blocked
            _logger.warning("%s: parked: %s", name, reason)
            self._opened.forget(name)
            generation = generation_of(self._host, name) if delivery.reauthorize else None
            return Finding(kind="parks", reason=reason, generation=generation)
        if watch.trouble:
            opens_us = self._opens_us(failures + 1, watch.retry_at)
            return Finding(kind="fails", reason=watch.trouble, opens_us=opens_us)
        return Finding(kind="serves") if failures and watch.has_answered else None

    def _opens_us(self, failures: int, at: datetime | None) -> int:
        """Return the instant at which a connection that serves nothing is asked again."""
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_S)
        if at is not None:
            pause_s = max(pause_s, (at - self._retry.now()).total_seconds())
        return self._storage.clock.now_us() + int(pause_s * SECOND_US)


def generation_of(host: Opener, name: str) -> int | None:
    """Return the generation of a connection's record; None if it has no record, or the store is away."""
    try:
        return host.connections[name].generation
    except StoreError:
        return None
