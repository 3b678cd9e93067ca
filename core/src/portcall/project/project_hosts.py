"""The hosts of a project's connections: one for each connection, as each has its own reach."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self

from portcall.host import Host
from portcall.store.connections import Connections

if TYPE_CHECKING:
    from portcall.connection import Connection
    from portcall.project.project_file import Project


class ProjectHosts:
    """Opens the connections of a project, each with the reach and limits that the project gives it.

    Workers of an outbox take it in place of a single `Host`. Made by `Project.hosts`.

    Args:
        project: Says where each connection may go.
        **options: Of `Host`; they override the project's.
    """

    def __init__(self, project: Project, **options: Any) -> None:
        self._project: Final = project
        self._options: Final = {"store": project.open_store(), **options}
        self._lock: Final = Lock()
        self._hosts: dict[str | None, Host] = {}

    @property
    def connections(self) -> Connections:
        """The named connections of the store."""
        return self.host().connections

    def host(self, name: str | None = None) -> Host:
        """Return the host of a connection, made when it is first asked for.

        Args:
            name: Of the connection; None for a host that is for no connection in particular.
        """
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = self._project.host(name, **self._options)
            return self._hosts[name]

    def open(self, name: str) -> Connection:
        """Open the stored connection called *name*; see `Connections.open`."""
        return self.host(name).open(name)

    def close(self) -> None:
        """Close every idle connection to a destination."""
        with self._lock:
            for host in self._hosts.values():
                host.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
