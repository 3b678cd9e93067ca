"""Workers: threads that claim the events of an outbox, deliver them, and record the outcomes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import monotonic
from typing import Final

from portcall.delivery.retry import Retry
from portcall.errors import OutboxError, PluginError, PortcallError, SettingsError
from portcall.outbox.claim_delivery import ClaimDelivery
from portcall.outbox.findings import Findings
from portcall.outbox.lane_plans import Opener
from portcall.outbox.opened_lanes import OpenedLanes
from portcall.outbox.outbox import Outbox
from portcall.outbox.records import Claim, Finding, ReadyLane, Settlement, most_of
from portcall.outbox.storage import OutboxStorage
from portcall.outbox.worker_duties import WorkerDuties
from portcall.raised import text_of
from portcall.store import StoreError

_logger: Final = logging.getLogger("portcall.outbox")

LEASE_S: Final = 60.0
POLL_S: Final = 0.1
"""Another process's events are found after so long."""

PER_CONNECTION: Final = 2
"""Claims of one connection under way at once: one is sent while the outcomes of another are written."""

FIRST_EVENTS: Final = 1000
MOST_EVENTS: Final = 4000
QUICK_S: Final = 0.5
"""After a claim that took less, the next one of its lane has twice as many events; a slow lane is shared."""

MOST_BYTES: Final = 8 << 20
_TROUBLE_S: Final = 1.0

RETRY: Final = Retry(timeout_s=3 * 86_400.0, attempts=100, base_s=2.0, longest_s=3600.0)
"""How long and how often one event is tried, with which pauses; see `Retry`."""


class Workers:
    """Deliver the events of an outbox until they are stopped, or all that is due is delivered.

    Any number of processes may have workers for one outbox. A connection that serves nothing is asked again
    after growing pauses; one whose credentials were refused is parked until its record changes. Neither
    keeps a worker waiting.

    Args:
        host: Opens the connections.
        outbox: Where the events are; the host's own if None.
        concurrency: Claims under way at once, `PER_CONNECTION` of them for one connection.
        connections: The names of those whose events are delivered; None for all.
        retry: How long and how often one event is tried.
        workers: As in `Connection.deliver`, for the calls of one claim.
        lease_s: Seconds after which others take over the events of a process that has died.

    Attributes:
        counts: How many events have got which outcome from these workers.
    """

    def __init__(
        self,
        host: Opener,
        outbox: Outbox | None = None,
        *,
        concurrency: int = 8,
        connections: Collection[str] | None = None,
        retry: Retry = RETRY,
        workers: int | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        self._outbox: Final = outbox or _outbox_of(host)
        self._storage: Final[OutboxStorage] = self._outbox.storage
        self._concurrency: Final = concurrency
        self._connections: Final = None if connections is None else frozenset(connections)
        self._retry: Final = retry
        self._lease_s: Final = lease_s
        self._opened: Final = OpenedLanes(host, workers)
        self._findings: Final = Findings(host, self._opened, retry, self._storage)
        self._duties: Final = WorkerDuties(
            host, self._storage, self._opened, lease_s, self._claim_ids
        )
        self._wake: Final = Event()
        self._lock: Final = Lock()
        self._claims: dict[int, ClaimDelivery | None] = {}
        self._running = 0
        self._is_ending = self._is_full = False
        self._busy: Counter[str] = Counter()
        self._suspects = 0
        self._is_apart = False
        self._served: dict[tuple[int, int], int] = {}
        self._turn = 0
        self.counts: Counter[str] = Counter()

    def run(self, stop: Event) -> None:
        """Deliver events until *stop* is set; then finish what is being sent, and give back the rest."""
        self._loop(stop, drains=False)

    def drain(self, stop: Event | None = None) -> Counter[str]:
        """Deliver what is due, and return when nothing is that these workers may deliver.

        Events that wait for another attempt, or whose connection serves nothing, are left.

        Args:
            stop: Ends it before that.

        Returns:
            How many events have got which outcome.
        """
        before = Counter(self.counts)
        self._loop(stop or Event(), drains=True)
        return self.counts - before

    def _loop(self, stop: Event, *, drains: bool) -> None:
        self._is_ending = False
        self._duties.begin()
        self._outbox.listen(self._wake.set)
        with ThreadPoolExecutor(self._concurrency, "portcall-outbox") as threads:
            try:
                while not stop.is_set():
                    self._wake.clear()
                    try:
                        self._duties.see_to()
                        is_idle = not self._hand_out(threads) and not self._running
                        if drains and is_idle:
                            return
                        self._wait(stop)
                    except OutboxError as exc:
                        _logger.warning("%s", exc)
                        self._duties.let_others_renew()
                        stop.wait(_TROUBLE_S)
            finally:
                self._outbox.unlisten(self._wake.set)
                if stop.is_set():
                    self._end()

    def _end(self) -> None:
        """Begin nothing else; what is under way is finished by its threads."""
        with self._lock:
            self._is_ending = True
        self._give_back()

    def _give_back(self) -> None:
        """Let claims end with what is being sent; their other events wait again."""
        with self._lock:
            under_way = [each for each in self._claims.values() if each is not None]
        for delivery in under_way:
            delivery.stop()

    def _claim_ids(self) -> Sequence[int]:
        with self._lock:
            return list(self._claims)

    def _wait(self, stop: Event) -> None:
        """Wait for events, for a worker that is done, or for the next poll that finds something."""
        version = self._storage.version()
        due_us = self._storage.next_due_us(self._connections)
        while not self._wake.wait(POLL_S) and not stop.is_set():
            now_us = self._storage.clock.now_us()
            if due_us is not None and due_us <= now_us and self._running < self._concurrency:
                return
            if self._storage.version() != version or self._duties.are_due:
                return

    def _hand_out(self, threads: ThreadPoolExecutor) -> int:
        """Give lanes to threads that are free, one after the other; return how many."""
        if self._is_apart or self._running >= self._concurrency:
            self._is_full = True
            return 0
        ready = self._storage.ready(self._connections)
        self._is_full = False
        given = 0
        # The lane that was served longest ago comes first: a long one holds up no other.
        for lane in sorted(ready, key=lambda each: self._served.get((each.id, each.lost), 0)):
            if self._running >= self._concurrency:
                self._is_full = True
                break
            name = lane.lane.connection
            if lane.lost and not self._may_suspect(lane):
                if self._is_full:
                    break
                continue
            if self._busy[name] >= (1 if lane.failures else PER_CONNECTION):
                self._is_full = lane.lost > 0  # its connection's threads let go of their lanes
                continue
            self._turn += 1
            self._served[lane.id, lane.lost] = self._turn
            with self._lock:
                self._running += 1
                self._busy[name] += 1
                self._suspects += lane.lost > 0
            threads.submit(self._work, lane)
            given += 1
            if self._is_apart:
                break
        return given

    def _may_suspect(self, lane: ReadyLane) -> bool:
        """Return whether events may be claimed now that may have ended other workers.

        One claim of such events at a time, and nothing beside one that is claimed alone: if this worker ends
        as well, no other event is taken for what ended it.
        """
        if most_of(lane.lost, MOST_EVENTS) > 1:
            return not self._suspects
        self._is_full = True
        if self._running:
            self._give_back()
            return False
        self._is_apart = True
        return True

    def _work(self, ready: ReadyLane) -> None:
        """Be the thread of some claims of one lane, one after the other while no other lane waits."""
        name = ready.lane.connection
        first, most = (1, 1) if ready.failures else (FIRST_EVENTS, MOST_EVENTS)
        most = most_of(ready.lost, most)
        first = min(first, most)
        size, began = first, monotonic()
        try:
            while self._deliver(ready, size) and not (self._is_ending or self._is_full):
                size = min(size * 2, most) if monotonic() - began < QUICK_S else first
                began = monotonic()
        except OutboxError as exc:
            _logger.warning("%s: %s", name, exc)
        except BaseException:
            _logger.exception("%s: a worker failed", name)
            raise
        finally:
            with self._lock:
                self._running -= 1
                self._busy[name] -= 1
                if ready.lost:
                    self._suspects -= 1
                    self._is_apart = False
            self._wake.set()

    def _deliver(self, ready: ReadyLane, most: int) -> bool:
        """Deliver one claim of so many events at most; return whether its lane may have another one."""
        claim = self._storage.claim(ready.id, most, MOST_BYTES, self._lease_s, ready.lost)
        if claim is None:
            return False
        with self._lock:
            self._claims[claim.id] = None
            has_room = self._busy[claim.lane.connection] < PER_CONNECTION
        if has_room and len(claim.ids) == most:  # another thread claims what is left
            self._wake.set()
        finding: Finding | None = None
        settlements: Sequence[Settlement] = ()
        try:
            settlements, finding = self._sent(claim, ready)
        finally:
            with self._lock:
                delivery = self._claims.pop(claim.id, None)
            if delivery is not None:  # also where it was broken off: what was sent has its outcome
                settlements = delivery.pending
            self._storage.end(claim, settlements, finding)
        return finding is None and len(claim.ids) == most

    def _sent(self, claim: Claim, ready: ReadyLane) -> tuple[Sequence[Settlement], Finding | None]:
        """Send what was claimed; return the last outcomes, and what it has shown of its connection."""
        name = claim.lane.connection
        try:
            connection = self._opened.connection(name)
        except (StoreError, PluginError, SettingsError) as exc:
            return (), self._findings.of_unopened(name, exc)
        try:
            plan = self._opened.plan(connection, claim.lane)
        except PortcallError as exc:
            reason = f"it cannot be delivered: {text_of(exc)}"
            with self._lock:
                self.counts["rejected"] += len(claim.ids)
            return [
                Settlement(ids=claim.ids, state="rejected", reason=reason, is_tried=False)
            ], None
        delivery = ClaimDelivery(self._storage, claim, plan, connection.channel(), self._retry)
        with self._lock:
            self._claims[claim.id] = delivery
            is_ending = self._is_ending
        if is_ending:
            delivery.stop()
        try:
            delivery.run()
        finally:
            with self._lock:
                self.counts.update(delivery.counts)
        return delivery.pending, self._findings.of_delivery(name, delivery, ready.failures)


def _outbox_of(host: object) -> Outbox:
    outbox = getattr(host, "outbox", None)
    if not isinstance(outbox, Outbox):
        raise SettingsError("workers need an outbox: this host has none of its own")
    return outbox
