"""What tells the fleet which connections have events that are due."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from threading import Event
from time import monotonic
from typing import Any, Final

import attrs
from kombu.exceptions import OperationalError

from portcall import OutboxError
from portcall.outbox import Outbox
from portcall.outbox.authors import SECOND_US
from portcall_celery.fleet import PortcallCelery

_logger: Final = logging.getLogger("portcall.celery")

POLL_S: Final = 0.1
TASKS: Final = 8
EVENTS_PER_TASK: Final = 1000

_DUTIES_S: Final = 5.0
_RENEWAL_S: Final = 20.0
_TROUBLE_S: Final = 1.0
_RETRY: Final = {"max_retries": 1, "interval_start": 0.1}


@attrs.frozen(kw_only=True)
class _Due:
    """A connection with events that are due.

    Args:
        since_us: When the first of them was, on the clock of the outbox.
        is_failing: It has served nothing lately: one call at a time is let through.
        waiting: How many of its events wait, those that are not due yet included.
        under_way: How many of its events workers have.
    """

    since_us: int
    is_failing: bool
    waiting: int
    under_way: int


class Dispatcher:
    """Sends a task for each connection that has events which are due.

    Times stay in the outbox: a task is sent when it can be done, and never with a countdown. Its worker
    claims the events that are due by connection and action, up to 1,000 together. A task that finds nothing
    to do, because another one was faster, is over at once: several dispatchers do no harm, and one is enough.

    Args:
        fleet: Whose tasks are sent.
        outbox: Where the events are; that of the fleet's host if None.
        tasks: Tasks for one connection under way at once, as far as is known here.
        now: Seconds that only go forward.

    Attributes:
        sent: How many tasks were sent.
    """

    def __init__(
        self,
        fleet: PortcallCelery,
        outbox: Outbox | None = None,
        *,
        tasks: int = TASKS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._fleet: Final = fleet
        self._outbox: Final = outbox or fleet.host.outbox
        self._tasks: Final = tasks
        self._now: Final = now
        line = fleet.app.connection_for_write()
        found = (OperationalError, line.connection_errors, line.channel_errors)
        self._errors: Final[tuple[type[Exception], ...]] = (OutboxError, *_flat(found))
        self._sent_us: dict[str, list[int]] = {}
        self._next_duties = 0.0
        self.sent = 0

    def run(self, stop: Event) -> None:
        """Send tasks until *stop* is set; an outbox or a broker that cannot be reached is asked again."""
        wake = Event()
        self._outbox.listen(wake.set)
        try:
            while not stop.is_set():
                wake.clear()
                try:
                    self.step()
                except self._errors as exc:
                    _logger.warning("no tasks are sent for now: %s", exc)
                    # Where the outbox was away, workers that live could not renew their leases.
                    self._next_duties = self._now() + _RENEWAL_S
                    stop.wait(_TROUBLE_S)
                if not stop.is_set():
                    wake.wait(POLL_S)
        finally:
            self._outbox.unlisten(wake.set)

    def step(self) -> int:
        """Look once, and send what is to be sent; return how many tasks that was.

        Raises:
            OutboxError: The outbox cannot be used.
            Exception: The broker cannot be reached, in the words of its transport.
        """
        storage = self._outbox.storage
        if self._now() >= self._next_duties:
            storage.recover()
            storage.purge()
            self._next_duties = self._now() + _DUTIES_S
        before = self.sent
        due = self._due()
        for name in self._sent_us.keys() - due.keys():
            del self._sent_us[name]  # those tasks have claimed all there was
        for name, each in sorted(due.items(), key=lambda item: item[1].since_us):
            for _ in range(self._missing(name, each)):
                self._send(name)
        return self.sent - before

    def _due(self) -> dict[str, _Due]:
        lanes = self._outbox.storage.ready()
        if not lanes:
            return {}
        first: dict[str, int] = {}
        failing: set[str] = set()
        for lane in lanes:  # those that have waited longest come first
            first.setdefault(lane.lane.connection, lane.due_us)
            if lane.failures:
                failing.add(lane.lane.connection)
        counts: dict[str, Any] = defaultdict(dict)
        counts.update({each.name: each.counts for each in self._outbox.status().connections})
        return {
            name: _Due(
                since_us=since_us,
                is_failing=name in failing,
                waiting=counts[name].get("waiting", 0),
                under_way=counts[name].get("under_way", 0),
            )
            for name, since_us in first.items()
        }

    def _missing(self, name: str, due: _Due) -> int:
        """Return how many tasks more a connection is worth."""
        now_us = self._outbox.storage.clock.now_us()
        sent = self._sent_us.get(name, [])
        if sent and not due.under_way and due.since_us > max(sent):
            sent = []  # what was due when they were sent is gone, and so are they
        sent = [at for at in sent if now_us - at < self._fleet.slice_s * SECOND_US]
        self._sent_us[name] = sent
        wanted = -(-due.waiting // EVENTS_PER_TASK)
        most = 1 if due.is_failing else min(self._tasks, max(wanted, 1))
        return max(most - len(sent), 0)

    def _send(self, name: str) -> None:
        # A task that waited so long is not needed any more: another one was sent since.
        self._fleet.deliver_due.apply_async(
            [name], expires=self._fleet.slice_s, retry=True, retry_policy=_RETRY
        )
        self._sent_us[name].append(self._outbox.storage.clock.now_us())
        self.sent += 1


def _flat(found: Any) -> Iterator[type[Exception]]:
    """Return the classes of exceptions in tuples of tuples, which transports of kombu name them in."""
    if isinstance(found, type):
        yield found
        return
    for each in found:
        yield from _flat(each)
