"""One service: the project that it goes by, its outbox, who delivers, and what is taken in."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final, Self

import attrs
from starlette.applications import Starlette

from portcall import PortcallError, Project, ProjectHosts, Secret, StoreError
from portcall.outbox import Outbox, open_outbox
from portcall_server.app import build_app
from portcall_server.delivering import WORKERS, Delivering
from portcall_server.health import health_routes
from portcall_server.ingest.intake import Intake
from portcall_server.ingest.routes import IngestRoutes
from portcall_server.metrics.counters import Counters, OutboxCollector
from portcall_server.metrics.counting_store import counting
from portcall_server.metrics.measured_storage import measured
from portcall_server.metrics.routes import TOKEN_VARIABLE, metrics_routes

_logger: Final = logging.getLogger("portcall.server")

GRACE_S: Final = 30.0
_MOST_SLUGS: Final = 10_000


@attrs.frozen
class _Running:
    """What one reading of the project is made into."""

    project: Project
    hosts: ProjectHosts
    intake: Intake
    delivering: Delivering


class Service:
    """Takes events in and delivers them, from `start` until `stop`; a context manager.

    Args:
        project: What it goes by, until `reload`.
        workers: Claims under way at once; None for what the project says.
        grace_s: Seconds in which what is under way may finish; None for what the project says.
        options: Of `Host`, for every connection.
        takes_in: Plan the sources; a process that only delivers has none.

    Raises:
        SettingsError: Lists what is wrong with sources, pipelines and write keys.
    """

    def __init__(
        self,
        project: Project,
        *,
        workers: int | None = None,
        grace_s: float | None = None,
        options: Mapping[str, Any] | None = None,
        takes_in: bool = True,
    ) -> None:
        self.counters: Final = Counters()
        self._workers: Final = workers
        self._grace_s: Final = grace_s
        self._options: Final = dict(options or {})
        self._takes_in: Final = takes_in
        self._slugs: dict[str, str] = {}
        self._lock: Final = Lock()
        place = os.environ.get("PORTCALL_OUTBOX") or project.service.outbox
        storage = open_outbox(Secret(place) if place else None)
        self.outbox: Final = Outbox(measured(storage, self.counters, self._slug_of))
        self.counters.registry.register(OutboxCollector(self.outbox.status))
        self._ingest: Final = IngestRoutes(lambda: self._now.intake, self.counters.call)
        self._now = self._made(project)

    @property
    def project(self) -> Project:
        """What the service goes by now."""
        return self._now.project

    @property
    def hosts(self) -> ProjectHosts:
        """What opens the connections now."""
        return self._now.hosts

    @property
    def intake(self) -> Intake:
        """The sources as they are now."""
        return self._now.intake

    @property
    def grace_s(self) -> float:
        """Seconds in which what is under way may finish."""
        said = self._now.project.service.grace_s if self._grace_s is None else self._grace_s
        return GRACE_S if said is None else said

    def app(self, *parts: Any) -> Starlette:
        """Return the application: ingest, health, metrics, then the routes of *parts*."""
        return build_app(
            self._ingest.routes() if self._takes_in else (),
            health_routes(self.not_ready),
            metrics_routes(self.counters.registry, _metrics_token),
            *parts,
        )

    def not_ready(self) -> str:
        """Return why events cannot be taken and delivered now; empty if they can."""
        try:
            status = self.outbox.status()
        except PortcallError as exc:
            return f"{exc}"
        bounds = status.bounds
        if status.held_events >= bounds.events or status.held_bytes >= bounds.size_bytes:
            return "the outbox is full"
        return "" if self._now.delivering.is_running() else "the workers have ended"

    def start(self) -> None:
        """Begin to deliver."""
        self._now.delivering.start()

    def reload(self) -> bool:
        """Read the project again, and go by it; where it cannot be used, everything stays as it is.

        Returns:
            Whether it could be used; if not, the reasons are logged.
        """
        with self._lock:
            before = self._now
            try:
                now = self._made(Project.read(before.project.path))
            except PortcallError as exc:
                _logger.error("the project stays as it was: %s", exc)  # noqa: TRY400  # a sentence
                return False
            now.delivering.start()
            self._now = now
            self._slugs.clear()
        Thread(target=self._end, args=(before,), daemon=True).start()
        _logger.info("the project was read again: %d sources", len(now.intake.sources))
        return True

    def stop(self) -> bool:
        """Stop to deliver; return whether all that was under way has ended."""
        self._ingest.close()
        return self._end(self._now)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.outbox.close()

    def _end(self, running: _Running) -> bool:
        is_done = running.delivering.stop(self.grace_s)
        if not is_done:
            _logger.warning("%g s have passed, and calls are still under way", self.grace_s)
        running.hosts.close()
        return is_done

    def _made(self, project: Project) -> _Running:
        store = counting(project.open_store(), self.counters)
        hosts = project.hosts(**{"store": store, **self._options})
        sources = project if self._takes_in else attrs.evolve(project, sources=())
        intake = Intake.of(sources, hosts, self.outbox)
        said = project.service.workers if self._workers is None else self._workers
        concurrency = WORKERS if said is None else said
        return _Running(project, hosts, intake, Delivering(hosts, self.outbox, concurrency))

    def _slug_of(self, connection: str) -> str:
        """Return the destination of a connection, for people; empty if that cannot be read now."""
        slug = self._slugs.get(connection)
        if slug is None:
            try:
                slug = self.hosts.connections[connection].slug
            except StoreError:
                return ""
            if len(self._slugs) < _MOST_SLUGS:
                self._slugs[connection] = slug
        return slug


def project_without_file() -> Project:
    """Return a project that says nothing, for a folder without a file."""
    return Project(path=Path.cwd() / "portcall.toml")


def _metrics_token() -> Secret | None:
    token = os.environ.get(TOKEN_VARIABLE)
    return Secret(token) if token else None
