"""Connections and plans that workers have open, so that not every claim opens them anew."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

from portcall.connection import Connection
from portcall.delivery.plan import Plan
from portcall.outbox.lane_plans import Opener, read_plan
from portcall.outbox.records import Lane

KEPT_S: Final = 10.0
"""Changed settings count after so long."""

_MOST: Final = 1024


class OpenedLanes:
    """Those that are open; used by all threads of the workers.

    Args:
        host: Opens the connections.
        workers: Calls of one claim under way at once; None for as many as the latency is worth.
        now: Seconds that only go forward.
    """

    def __init__(
        self, host: Opener, workers: int | None, now: Callable[[], float] = monotonic
    ) -> None:
        self._host: Final = host
        self._workers: Final = workers
        self._now: Final = now
        self._lock: Final = Lock()
        self._connections: dict[str, tuple[Connection, float]] = {}
        self._plans: dict[tuple[Lane, int], Plan] = {}

    def connection(self, name: str) -> Connection:
        """Open a connection, or return it as it was opened a moment ago.

        Raises:
            PortcallError: It cannot be opened.
        """
        known = self._connections.get(name)
        if known is not None and known[1] > self._now():
            return known[0]
        opened = self._host.open(name)
        with self._lock:
            if len(self._connections) >= _MOST:
                self._connections.clear()
            self._connections[name] = opened, self._now() + KEPT_S
        return opened

    def plan(self, connection: Connection, lane: Lane) -> Plan:
        """Make the plan of a lane, or return it as it was made before.

        Raises:
            PortcallError: It cannot work.
        """
        key = lane, id(connection.destination)
        plan = self._plans.get(key)
        if plan is None:
            plan = read_plan(connection, lane.action, lane.plan, self._workers)
            with self._lock:
                if len(self._plans) >= _MOST:
                    self._plans.clear()
                self._plans[key] = plan
        return plan

    def forget(self, name: str) -> None:
        """Open a connection anew the next time."""
        with self._lock:
            self._connections.pop(name, None)
