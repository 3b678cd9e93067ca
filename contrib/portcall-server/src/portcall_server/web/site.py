"""What all pages share: hosts that see the plugins as they are now, and the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

import attrs

from portcall import Connection, Destination, Host, Limits, Project, Reach, Store, open_store
from portcall.outbox import Outbox
from portcall.previews.authors import kept_names
from portcall.project.project_file import extras_of, read_project
from portcall_server.web.device_sign_ins import DeviceSignIns
from portcall_server.web.wire_recorder import WireRecorder

_MOST_HOSTS: Final = 20


class Site:
    """What all pages share.

    Args:
        project: What holds here; None without one.
        reach: What the operator allows beyond the rule; goes before the project and what is kept.
        plugins: Files and folders of destinations; those of the project if there are none.
        store: Where connections are kept; the project's, or this user's own, if None.
        public_url: Where the pages are reached from outside; empty for where they are asked.
        outbox: Whose deliveries are shown; None for none.
        options: Of `Host`; they go before everything else.
    """

    def __init__(
        self,
        project: Project | None = None,
        *,
        reach: Reach | None = None,
        plugins: Sequence[str | Path] = (),
        store: Store | None = None,
        public_url: str = "",
        outbox: Outbox | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.project = project
        self.public_url: Final = public_url.rstrip("/")
        self.outbox = outbox
        self._reach: Final = reach or Reach()
        self._plugins: Final = tuple(plugins) or (project.plugins if project else ())
        self._store = store
        self._options: Final = dict(options or {})
        self._hosts: dict[tuple[Reach, Limits], Host] = {}
        self._stamps = self.stamp()
        self._lock: Final = Lock()
        self.device_sign_ins: Final = DeviceSignIns()

    @property
    def has_plugins(self) -> bool:
        """Some destinations are files, which may change."""
        return bool(self._plugins)

    @property
    def pages(self) -> list[tuple[str, tuple[str, ...]]]:
        """What every page leads to: names, and the parts of their paths."""
        own: list[tuple[str, tuple[str, ...]]] = [("Destinations", ())]
        return own if self.outbox is None else [*own, ("Deliveries", ("deliveries",))]

    @property
    def store(self) -> Store:
        """Where connections are kept."""
        if self._store is None:
            self._store = self.project.open_store() if self.project else open_store()
        return self._store

    def names(self) -> Sequence[str]:
        """Return the names of the connections that are kept; looking makes no file."""
        return kept_names(self.store)

    def reach_of(self, name: str | None) -> Reach:
        """Return what a connection is allowed beyond the rule; None for an account that is tried."""
        said = self._reach
        if self.project and name and name in self.project.connections:
            said = said.over(self.project.connections[name])
        if name is not None and (record := self.store.get(name)) is not None:
            said = said.over(record.reach)
        return Reach(**said.said())

    def host(self, name: str | None = None) -> Host:
        """Return the host for a connection, or for accounts that are tried; new if a plugin has changed."""
        reach, limits = self.reach_of(name), Limits()
        if self.project and name and name in self.project.connections:
            limits = self.project.connections[name].limits
        key = (reach, limits)
        with self._lock:
            now = self.stamp()
            if now != self._stamps:
                self._stamps, self._hosts = now, {}
            if key not in self._hosts:
                while len(self._hosts) >= _MOST_HOSTS:
                    self._hosts.pop(next(iter(self._hosts)))
                self._hosts[key] = self._new_host(reach, limits)
            return self._hosts[key]

    def destination(self, slug: str) -> Destination:
        """Load a destination for an account that is tried."""
        return self.host().destination(slug)

    def open(self, name: str) -> Connection:
        """Open a connection that is kept."""
        return self.host(name).open(name)

    def stamp(self) -> tuple[object, ...]:
        """Return what changes when a plugin that is a file changes."""
        return tuple(each for place in self._plugins for each in _stamps(Path(place)))

    def read_again(self) -> None:
        """Read the project file after a page has changed it."""
        if self.project is not None:
            read = read_project(self.project.path)
            self.project = attrs.evolve(read, found=self.project.found)

    def close(self) -> None:
        """Break off sign-ins, and close every idle connection to a destination."""
        self.device_sign_ins.close()
        for host in self._hosts.values():
            host.close()

    def _new_host(self, reach: Reach, limits: Limits) -> Host:
        extras = extras_of(self.project) if self.project else ()
        said: dict[str, Any] = {
            "allow_private": reach.allow_private or (),
            "allow_http": reach.allow_http or (),
            "ca_file": reach.ca_file,
            "limits": attrs.evolve(limits, timeout_s=reach.timeout_s),
            "plugins": self._plugins,
            **self._options,
        }
        # The recorder comes last, next to the wire: what the extras add is in what it keeps.
        return Host((*extras, WireRecorder()), store=self.store, **said)


def _stamps(place: Path) -> list[object]:
    try:
        held = sorted(place.iterdir()) if place.is_dir() else [place]
        return [(f"{each}", (s := each.stat()).st_mtime_ns, s.st_size) for each in held]
    except OSError as exc:
        return [(f"{place}", exc.errno)]
