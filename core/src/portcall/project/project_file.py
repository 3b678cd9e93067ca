"""A project: what its file says, checked whole, for the command line and for programs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from portcall.declarative.located_text import Fault, LocatedText, read_located
from portcall.declarative.packaged import SUFFIXES
from portcall.errors import Problem, SettingsError
from portcall.host import Host
from portcall.model import EMPTY, Limits
from portcall.project.configured_extras import configured_extras
from portcall.project.entry_kinds import Path as Keys
from portcall.project.find_project import find_project, named_project, shown_path, written_by_others
from portcall.project.project_connection import ProjectConnection
from portcall.project.project_format import project_format
from portcall.project.project_service import (
    ProjectService,
    ProjectSource,
    check_sources,
    service_of,
    sources_of,
)
from portcall.project.secret_names import is_secret, where_it_belongs
from portcall.project.table_kinds import Table
from portcall.runs.opened_connection import kept_names
from portcall.runs.pipelines import Pipeline
from portcall.runs.pipelines.faults import Faults
from portcall.runs.pipelines.pipeline import pipeline_of
from portcall.store import SQLiteStore, Store, fetch, open_store

if TYPE_CHECKING:
    from portcall.project.pipeline_lanes import PipelineLane
    from portcall.project.project_hosts import ProjectHosts

MOST_BYTES: Final = 1 << 20
_MOST_FAULTS: Final = 100


class ProjectFileError(SettingsError):
    """A project file cannot be used; ``faults`` lists every reason with its place."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        found = sorted(faults, key=lambda fault: (fault.line, fault.column))[:_MOST_FAULTS]
        super().__init__(
            f"{shown_path(f'{path}')} cannot be used:",
            [Problem(fault.path, f"{fault}") for fault in found],
        )
        self.faults = tuple(found)


@attrs.frozen(kw_only=True, eq=False)
class Project:
    """What a project file says; paths are absolute.

    Args:
        path: The file.
        state: Folder of the ledger and of the files of runs; None to have none.
        store: Where connections are kept: a folder, or a URL; None for this user's own place.
        plugins: Files and folders of destinations.
        connections: Settings of connections, by name.
        pipelines: By name.
        extras: Settings of the extras that are switched on, outermost first.
        flags: Defaults of the options of commands, as the file has them: ``flags["send"]``.
        service: What it says of the service.
        sources: Events that the service takes in.
        found: The file was found by walking up, and not named.
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
        """Return where an entry stands: ``portcall.toml:12``; the file alone if it has no such entry."""
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
        """Return a pipeline by its name; the file that it is in is read now.

        Raises:
            SettingsError: There is none of that name, or its file cannot be used.
        """
        from portcall.actions.near_names import near, shortened  # noqa: PLC0415  # on the way to an error

        held = self.pipelines.get(name)
        if held is None:
            hint = near(name, list(self.pipelines))
            raise SettingsError(f"{self.path} has no pipeline {shortened(name)}; {hint}")
        return Pipeline.read(held) if isinstance(held, Path) else held

    def lanes(self, pipeline: str, hosts: ProjectHosts) -> tuple[PipelineLane, ...]:
        """Return what each subscription of a pipeline puts into an outbox, and with what.

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
        """Return what opens each connection with what the project says of it.

        Args:
            **options: Of `Host`; these go before the project's.
        """
        from portcall.project.project_hosts import ProjectHosts  # noqa: PLC0415  # for a service alone

        return ProjectHosts(self, **options)

    def open_store(self) -> Store:
        """Open the store that the project names, else the one that a program without a project has."""
        if self.store is None or os.environ.get("PORTCALL_STORE"):
            return open_store()
        return open_store(self.store) if "://" in self.store else SQLiteStore(Path(self.store))

    def host(self, connection: str | None = None, **options: Any) -> Host:
        """Make a host that goes by this project.

        Args:
            connection: The name of the one connection that the host is for: what the project says of it
                holds, and where that says nothing, what was kept when it was connected.
            **options: Of `Host`; these go before the project's.

        Raises:
            SettingsError, UnknownPluginError: An extra cannot be used.
        """
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
        flags: What the tables of commands may hold; None to take them as they are.
        found: The file was found by walking up, and not named.

    Raises:
        SettingsError: Lists every fault with line and column.
    """
    text = _located(path)
    faults: list[Fault] = []

    def report(at: Keys, message: str) -> None:
        faults.append(text.fault_at(at, message))

    project_format(flags).check(text.data, (), report)
    check_sources(text.data, report)
    pipelines = _pipelines(path.parent, text, report)
    if faults:
        raise ProjectFileError(path, faults)
    return _project(path, text, pipelines, found=found)


def read_found(path: Path, flags: Mapping[str, Table] | None = None) -> Project:
    """Read a project file that was found by walking up; others must not have been able to write it.

    Raises:
        SettingsError: Lists every fault; or says how others could have written the file.
    """
    refuse_foreign(path, f"name it with --project {path} if you trust it, or give --no-project")
    return read_project(path, flags, found=True)


def refuse_foreign(path: Path, hint: str) -> None:
    """Refuse a file or a folder that other users could have written.

    Raises:
        SettingsError: Says how, and what to do.
    """
    try:
        reason = written_by_others(f"{path}")
    except OSError as exc:
        raise SettingsError(f"{path} cannot be read: {exc.strerror}") from None
    if reason:
        raise SettingsError(f"{path} is not used: {reason}; {hint}")


def refuse_foreign_plugins(project: Project) -> None:
    """Refuse plugins that other users could have written, unless the project was named.

    Raises:
        SettingsError: Names the file or the folder.
    """
    for place in project.plugins if project.found else ():
        held = sorted(place.iterdir()) if place.is_dir() else []
        for each in [place, *(path for path in held if path.suffix in SUFFIXES)]:
            if each.exists():
                refuse_foreign(each, f"name the project with --project {project.path}")


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
        state=_beside(folder, data["state"]) if "state" in data else None,
        store=store if store is None or "://" in store else f"{_beside(folder, store)}",
        plugins=tuple(_beside(folder, each) for each in data.get("plugins", ())),
        connections={
            name: _connection(folder, each) for name, each in data.get("connections", {}).items()
        },
        pipelines=pipelines,
        extras={
            name: {} if settings is True else settings
            for name, settings in data.get("extras", {}).items()
            if settings is not False
        },
        flags={name: data.get(name, {}) for name in ("send", "run")},
        service=service_of(data, lambda outbox: f"{_beside(folder, outbox)}"),
        sources=sources_of(data),
        found=found,
        text=text,
    )


def _beside(folder: Path, path: str) -> Path:
    return folder / Path(path).expanduser()


def _located(path: Path) -> LocatedText:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise SettingsError(f"the project {path} cannot be read: {exc.strerror}") from None
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{path} is larger than {MOST_BYTES} bytes")
    text = read_located(content, is_json=False, otherwise="")
    if text.fault is not None:
        raise ProjectFileError(path, [text.fault])
    return text


def _connection(folder: Path, table: Mapping[str, Any]) -> ProjectConnection:
    lists = {name: tuple(table[name]) for name in ("allow_private", "allow_http") if name in table}
    ca_file = table.get("ca_file")
    return ProjectConnection(
        destination=table.get("destination"),
        **lists,
        ca_file=f"{_beside(folder, ca_file)}" if ca_file else None,
        timeout_s=table.get("timeout"),
        limits=Limits(**table.get("limits", {})),
        workers=table.get("workers"),
        rate=table.get("rate"),
    )


def _pipelines(folder: Path, text: LocatedText, report: Any) -> dict[str, Pipeline | Path]:
    """Read the pipelines that stand in the file; the others are read when they are used."""
    found: dict[str, Pipeline | Path] = {}
    tables = text.data.get("pipelines", {})
    for name, held in tables.items() if isinstance(tables, dict) else ():
        at = ("pipelines", name)
        if isinstance(held, str):
            found[name] = _beside(folder, held)
        elif isinstance(held, dict):
            faults = Faults()
            found[name] = pipeline_of(folder / f"{name}.toml", held, faults)
            for problem in faults.problems:
                inside = problem.path.replace("[", ".").replace("]", "")
                report((*at, *inside.split(".")), problem.message.partition(": ")[2])
            settings = held.get("settings")
            for field in settings if isinstance(settings, dict) else ():
                if is_secret(field):
                    report((*at, "settings", field), where_it_belongs(field))
        else:
            report(at, "it must be the path of a file, or a table with a connection")
    return found
