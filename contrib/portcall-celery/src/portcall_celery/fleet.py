"""The tasks of portcall in a Celery application."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Final

from celery import Celery, Task, signals

from portcall import Host, OutboxFullError, OutboxUnavailableError, Retry, SettingsError
from portcall.store.authors import StoreBusyError, StoreUnavailableError
from portcall_celery.drains import Drains
from portcall_celery.messages import UNUSABLE_S, DeliverTask, arguments_of, send_again
from portcall_celery.putting import put, states_of

DELIVER: Final = "portcall.deliver"
DELIVER_DUE: Final = "portcall.deliver_due"

SLICE_S: Final = 20.0
"""So long one task delivers the events of one connection, if there are more; then others have their turn."""

HANG_S: Final = 180.0
LEASE_S: Final = 60.0

_AGAIN_S: Final = 2.0
_VISIBILITY_S: Final = 600
"""Redis gives the task of a worker that is gone to another one after so long."""

_NOT_NOW: Final = (
    OutboxFullError,
    OutboxUnavailableError,
    StoreBusyError,
    StoreUnavailableError,
)
_SAFE: Final[Mapping[str, Any]] = {
    # No pickle: who can write to the broker could run code in every worker.
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
    # A task that waits in a busy worker is one that an idle worker could do.
    "worker_prefetch_multiplier": 1,
}
# Acknowledged when it is done: the task of a worker that was killed goes to another one.
_TASK: Final[Mapping[str, Any]] = {"acks_late": True, "reject_on_worker_lost": True}


class PortcallCelery:
    """Adds two tasks to an application: ``portcall.deliver`` and ``portcall.deliver_due``.

    A message has the name of a connection and never a secret: the worker's store has the rest. Events go
    through the outbox of the host, so that a worker which is killed loses none, and none is repeated that
    must not be sent twice.

    Args:
        app: Its serializers become JSON, and its prefetch 1.
        host_factory: Makes the host of each worker process; its outbox and its store are in a database that
            all workers reach: ``Host(store=open_store(url), outbox=url)``.
        slice_s: Seconds for which one task delivers before others have their turn.
        hang_s: Seconds after which the process of a task that does not end is killed; the message of a task
            says how many, as the program that sends it has it.
        concurrency: Claims that one task has under way at once; a claim has up to 1,000 events.
        retry: How long and how often one event is tried; None for what `portcall.outbox.Workers` do.
        lease_s: Seconds after which others take over the events of a worker that has died.

    Attributes:
        app: The application.
        slice_s: As it was given.
        deliver: The task that puts events into the outbox and delivers them:
            ``fleet.deliver.delay("shop", "track", [event])``. It takes ``mapping``, ``subscribe``,
            ``preset``, ``sync_mode``, ``pipeline`` and ``ordering_key`` (a text) as `Outbox.put` does, and
            returns how many of its events are in which state: ``{"delivered": 99, "rejected": 1}``.
        deliver_due: The task that delivers what is due of one connection; sent by `Dispatcher`.

    Example::

        app = Celery("shop", broker="redis://127.0.0.1:6379/0")
        url = "postgresql://portcall@db.internal/portcall"
        fleet = PortcallCelery(app, host_factory=lambda: Host(store=open_store(url), outbox=url))
    """

    def __init__(
        self,
        app: Celery,
        host_factory: Callable[[], Host],
        *,
        slice_s: float = SLICE_S,
        hang_s: float = HANG_S,
        concurrency: int = 2,
        retry: Retry | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        app.conf.update(_SAFE)
        options = {"visibility_timeout": _VISIBILITY_S, **app.conf.broker_transport_options}
        app.conf.broker_transport_options = options
        self.app: Final = app
        self.slice_s: Final = slice_s
        self._host_factory: Final = host_factory
        self._options: Final[dict[str, Any]] = {"concurrency": concurrency, "lease_s": lease_s}
        if retry is not None:
            self._options["retry"] = retry
        self._lock: Final = Lock()
        self._made: tuple[int, Drains] | None = None

        def deliver(task: Task, *args: Any, **options: Any) -> dict[str, int]:
            return self._deliver(task, *args, **options)

        def deliver_due(connection: str) -> None:
            self._drains.drain(connection)

        # Not shared: another application of this process has a fleet of its own, or none.
        bounds = {**_TASK, "typing": False, "shared": False, "time_limit": hang_s}
        # It comes again until it can be done: there is nothing else of its events.
        brings = {**bounds, "bind": True, "base": DeliverTask, "max_retries": None}
        self.deliver: Final = app.task(deliver, name=DELIVER, **brings)
        self.deliver_due: Final = app.task(
            deliver_due, name=DELIVER_DUE, ignore_result=True, **bounds
        )
        signals.worker_init.connect(_import_early, weak=False)
        signals.worker_process_shutdown.connect(self._close, weak=False)

    @property
    def host(self) -> Host:
        """The host of this process; a process that was forked makes its own."""
        return self._drains.host

    @property
    def _drains(self) -> Drains:
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                host = self._host_factory()
                if not isinstance(host, Host):
                    found = type(host).__name__
                    raise SettingsError(f"host_factory returned {found}; return a portcall.Host")
                self._made = os.getpid(), Drains(host, self.slice_s, self._options)
            return self._made[1]

    def _deliver(self, task: Task, *args: Any, **options: Any) -> dict[str, int]:
        """Put events into the outbox, deliver what is due of their connection, and return their states.

        A message that cannot be used here, or not now, goes back to the broker: it is all that there is of
        its events.
        """
        try:
            connection, action, events, options = arguments_of(args, options)
            drains = self._drains
        except Exception as exc:  # a host factory may raise whatever it likes
            raise send_again(task, exc, UNUSABLE_S) from exc
        outbox = drains.host.outbox
        try:
            kept = put(outbox, connection, action, events, task.request.id, options)
            drains.drain(connection)
            kept.raise_for_refused()
            return states_of(outbox, kept.ids)
        except _NOT_NOW as exc:
            # The same task id: events that are in the outbox already are not put again.
            raise send_again(task, exc, _AGAIN_S) from exc

    def _close(self, **_: Any) -> None:
        """Close the host of this process, where it has made one."""
        if self._made is not None and self._made[0] == os.getpid():
            self._made[1].host.close()


def _import_early(**_: Any) -> None:
    """Import what each process of a worker needs before they are forked: once, and shared by all."""
    import portcall_postgres.outbox  # noqa: F401, PLC0415  # not by programs that hand over events alone
    from portcall import Connection  # noqa: F401, PLC0415

    with suppress(ImportError):  # those of the extra that `SharedRateLimit` needs
        import limits.storage  # noqa: PLC0415
        import limits.strategies  # noqa: F401, PLC0415
