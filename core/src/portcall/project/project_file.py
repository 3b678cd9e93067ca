"""The project file as a class, for the command line and for programs; the whole file is checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from portcall.declarative.located_text import Fault, LocatedText
from portcall.errors import SettingsError
from portcall.model.opaque import EMPTY
from portcall.project.configured_extras import configured_extras
from portcall.project.entry_kinds import Path as Keys
from portcall.project.find_project import find_project, named_project
from portcall.project.foreign_files import refuse_foreign
from portcall.project.project_connection import ProjectConnection
from portcall.project.project_format import project_format
from portcall.project.project_service import (
    ProjectService,
    ProjectSource,
    check_sources,
    service_of,
    sources_of,
)
from portcall.project.project_tables import (
    ProjectFileError,
    beside,
    connection_of,
    located,
    pipelines_of,
)
from portcall.project.table_kinds import Table
from portcall.runs.pipelines.pipeline import Pipeline

if TYPE_CHECKING:
    from portcall.host import Host
    from portcall.project.pipeline_lanes import PipelineLane
    from portcall.project.project_hosts import ProjectHosts
    from portcall.store import Store


@attrs.frozen(kw_only=True, eq=False)
class Project:
    """What a project file says; paths are absolute.

    Args:
        path: The file.
        state: Folder of the ledger and of the files of runs; None to keep neither.
        store: Where connections are kept: a folder, or a URL; None for the user's default store.
        plugins: Files and folders of destinations.
        connections: Settings of connections, by name.
        pipelines: By name.
        extras: Settings of the extras that are switched on, outermost first.
        flags: Defaults of the options of commands, as the file has them: ``flags["send"]``.
        service: The table ``[serve]``.
        sources: The tables ``[[source]]``: the events that the service accepts.
        found: The file was found in a folder above, and not named by the user.
    """

    path: Path
    state: Path | None = None
    store: str | None = None
    plugins: tuple[Path, ...] = ()
    connections: Mapping[str, ProjectConnection] = EMPTY
    pipelines: Mapping[str, Pipeline | Path] = attrs.field(default=EMPTY, repr=False)
    extras: Mapping[str, Mapping[str, Any]] = EMPTY
    flags: Mapping[str, Mapping[str, Any]] = attrs.field(default=EMPTY, repr=False)
    service: ProjectService = attrs.field(factory=ProjectService)
    sources: tuple[ProjectSource, ...] = ()
    found: bool = False
    _text: LocatedText = attrs.field(factory=LocatedText, repr=False)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Project:
        """Read a project file, and check all of it but the defaults of ``send`` and ``run``.

        Args:
            path: A TOML file of at most 1 MiB, or the folder that holds ``portcall.toml``.

        Raises:
            SettingsError: Lists every fault with line and column.
        """
        return read_project(Path(named_project(os.fspath(path))))

    @classmethod
    def find(cls, folder: str | os.PathLike[str] | None = None) -> Project | None:
        """Read the nearest ``portcall.toml`` of a folder or above it; None if there is none.

        A file that another user could have written is not used: it may allow hosts, and name code to run.

        Args:
            folder: Where to begin; the working folder if None.

        Raises:
            SettingsError: The file cannot be used, or others could have written it.
        """
        path = find_project(os.fspath(folder) if folder is not None else None)
        return None if path is None else read_found(Path(path))

    def where(self, *keys: str) -> str:
        """Return the place of an entry, ``portcall.toml:12``; the file alone if it has no such entry."""
        return f"{self.path.name}:{self._text.fault_at(keys, '').line}"

    def says(self, *keys: str) -> bool:
        """Return whether the file has an entry."""
        held: Any = self._text.data
        for key in keys:
            if not isinstance(held, dict) or key not in held:
                return False
            held = held[key]
        return True

    def pipeline(self, name: str) -> Pipeline:
        """Return a pipeline by its name; a pipeline in a file of its own is read now.

        Raises:
            SettingsError: The project has no pipeline of that name, or its file cannot be used.
        """
        from portcall.actions.near_names import near, shortened  # noqa: PLC0415  # on the way to an error

        held = self.pipelines.get(name)
        if held is None:
            hint = near(name, list(self.pipelines))
            raise SettingsError(f"{self.path} has no pipeline {shortened(name)}; {hint}")
        return Pipeline.read(held) if isinstance(held, Path) else held

    def lanes(self, pipeline: str, hosts: ProjectHosts) -> tuple[PipelineLane, ...]:
        """Return a lane for each subscription of a pipeline: the arguments for an outbox.

        Args:
            pipeline: Its name.
            hosts: From `hosts`.

        Raises:
            SettingsError: There is no such pipeline, its connection is not kept, or it does not fit its
                destination; lists every fault.
            StoreError, PluginError: Connection or destination cannot be read.
        """
        from portcall.project.pipeline_lanes import pipeline_lanes  # noqa: PLC0415  # for a service alone

        return pipeline_lanes(pipeline, self.pipeline(pipeline), hosts)

    def hosts(self, **options: Any) -> ProjectHosts:
        """Return the hosts of the project's connections, each with what the project says of that connection.

        Args:
            **options: Of `Host`; they override the project's.
        """
        from portcall.project.project_hosts import ProjectHosts  # noqa: PLC0415  # for a service alone

        return ProjectHosts(self, **options)

    def open_store(self) -> Store:
        """Open the store that the project names, else the default store of `portcall.store.open_store`."""
        from portcall.store import SQLiteStore, open_store  # noqa: PLC0415  # not to read the file

        if self.store is None or os.environ.get("PORTCALL_STORE"):
            return open_store()
        return open_store(self.store) if "://" in self.store else SQLiteStore(Path(self.store))

    def host(self, connection: str | None = None, **options: Any) -> Host:
        """Make a host that follows this project.

        Args:
            connection: The name of the one connection that the host is for. What the project says of it
                counts first, then what was stored with the connection.
            **options: Of `Host`; they override the project's.

        Raises:
            SettingsError, UnknownPluginError: An extra cannot be used.
        """
        from portcall.host import Host  # noqa: PLC0415  # not before there is to be one
        from portcall.runs.opened_connection import kept_names  # noqa: PLC0415
        from portcall.store import fetch  # noqa: PLC0415

        store: Store = options.pop("store", None) or self.open_store()
        said = self.connections.get(connection or "") or ProjectConnection()
        reach = said
        if connection is not None and connection in kept_names(store):
            reach = said.over(fetch(store, connection).reach)
        usual: dict[str, Any] = {
            "extras": extras_of(self),
            "allow_private": reach.allow_private or (),
            "allow_http": reach.allow_http or (),
            "ca_file": reach.ca_file,
            "limits": attrs.evolve(said.limits, timeout_s=reach.timeout_s),
            "plugins": self.plugins,
        }
        return Host(**{**usual, **options}, store=store)


def read_project(
    path: Path, flags: Mapping[str, Table] | None = None, *, found: bool = False
) -> Project:
    """Read a project file.

    Args:
        path: The file.
        flags: What the tables of commands may hold; None to leave these tables unchecked.
        found: The file was found in a folder above, and not named by the user.

    Raises:
        SettingsError: Lists every fault with line and column.
    """
    text = located(path)
    faults: list[Fault] = []

    def report(at: Keys, message: str) -> None:
        faults.append(text.fault_at(at, message))

    project_format(flags).check(text.data, (), report)
    check_sources(text.data, report)
    pipelines = pipelines_of(path.parent, text, report)
    if faults:
        raise ProjectFileError(path, faults)
    return _project(path, text, pipelines, found=found)


def read_found(path: Path, flags: Mapping[str, Table] | None = None) -> Project:
    """Read a project file that was found in a folder above; refuse one that other users could have written.

    Raises:
        SettingsError: Lists every fault, or says how other users could have written the file.
    """
    refuse_foreign(path, f"name it with --project {path} if you trust it, or give --no-project")
    return read_project(path, flags, found=True)


def extras_of(project: Project) -> tuple[object, ...]:
    """Return the extras that are switched on, each with its settings.

    Raises:
        UnknownPluginError: No installed distribution has an extra of that name.
        SettingsError: It takes no such settings.
    """
    return configured_extras(
        project.extras, lambda *keys: f"{project.where(*keys)}: {'.'.join(keys)}"
    )


def _project(
    path: Path, text: LocatedText, pipelines: Mapping[str, Pipeline | Path], *, found: bool
) -> Project:
    data, folder = text.data, path.parent
    store = data.get("store")
    return Project(
        path=path,
        state=beside(folder, data["state"]) if "state" in data else None,
        store=store if store is None or "://" in store else f"{beside(folder, store)}",
        plugins=tuple(beside(folder, each) for each in data.get("plugins", ())),
        connections={
            name: connection_of(folder, each) for name, each in data.get("connections", {}).items()
        },
        pipelines=pipelines,
        extras={
            name: {} if settings is True else settings
            for name, settings in data.get("extras", {}).items()
            if settings is not False
        },
        flags={name: data.get(name, {}) for name in ("send", "run")},
        service=service_of(data, lambda outbox: f"{beside(folder, outbox)}"),
        sources=sources_of(data),
        found=found,
        text=text,
    )
