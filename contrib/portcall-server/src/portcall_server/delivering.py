"""Workers of the outbox in a thread of their own, which can be replaced while the service runs."""

from __future__ import annotations

import logging
from threading import Event, Thread
from time import monotonic
from typing import Final

from portcall import ProjectHosts
from portcall.outbox import Outbox, Workers

_logger: Final = logging.getLogger("portcall.server")

WORKERS: Final = 8


class Delivering:
    """Delivers the events of an outbox from `start` until `stop`.

    Args:
        hosts: Open the connections.
        outbox: Has the events.
        concurrency: Claims under way at once; 0 to deliver nothing.
    """

    def __init__(self, hosts: ProjectHosts, outbox: Outbox, concurrency: int = WORKERS) -> None:
        self._stop: Final = Event()
        self._threads: Final[list[Thread]] = []
        if concurrency:
            workers = Workers(hosts, outbox, concurrency=concurrency)
            self._threads.append(
                Thread(target=workers.run, args=(self._stop,), name="portcall-workers", daemon=True)
            )

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def is_running(self) -> bool:
        """Return whether the workers run that were asked for."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self, grace_s: float) -> bool:
        """Claim nothing else, and wait for what is under way.

        Args:
            grace_s: Seconds to wait.

        Returns:
            Whether all of it has ended; events of what has not are taken over when their lease ends.
        """
        self._stop.set()
        ends = monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(ends - monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)
