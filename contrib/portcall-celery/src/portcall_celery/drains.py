"""What one process of the fleet has open: its host, and workers of connections that it has served lately."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event, Lock, Timer
from typing import Any, Final

from portcall import Host
from portcall.outbox import Workers

_MOST: Final = 64


class Drains:
    """Delivers what is due of one connection at a time, for one slice of time.

    Args:
        host: Of this process.
        slice_s: Seconds after which it begins nothing else.
        options: Of `portcall.outbox.Workers`.

    Attributes:
        host: As it was given.
    """

    def __init__(self, host: Host, slice_s: float, options: Mapping[str, Any]) -> None:
        self.host: Final = host
        self._slice_s: Final = slice_s
        self._options: Final = options
        self._lock: Final = Lock()
        self._idle: dict[str, Workers] = {}

    def drain(self, connection: str) -> None:
        """Return when nothing is due of a connection, or its slice of time is over."""
        stop = Event()
        clock = Timer(self._slice_s, stop.set)
        clock.daemon = True
        clock.start()
        try:
            workers = self._taken(connection)
            workers.drain(stop)
            self._put_back(connection, workers)
        finally:
            clock.cancel()

    def _taken(self, connection: str) -> Workers:
        """Return workers that no other thread uses; those of a moment ago have connection and plans open."""
        with self._lock:
            idle = self._idle.pop(connection, None)
        return idle or Workers(self.host, connections=[connection], **self._options)

    def _put_back(self, connection: str, workers: Workers) -> None:
        with self._lock:
            self._idle[connection] = workers
            while len(self._idle) > _MOST:
                del self._idle[next(iter(self._idle))]
