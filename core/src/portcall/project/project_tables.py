"""Read the text of a project file, and turn its tables into values; each fault has its line and column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from portcall.declarative.located_text import Fault, LocatedText, read_located
from portcall.errors import Problem, SettingsError
from portcall.model.limits import Limits
from portcall.project.entry_kinds import Report
from portcall.project.find_project import shown_path
from portcall.project.project_connection import ProjectConnection
from portcall.project.secret_names import is_secret, where_it_belongs
from portcall.runs.pipelines.faults import Faults
from portcall.runs.pipelines.pipeline import Pipeline, pipeline_of

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


def beside(folder: Path, path: str) -> Path:
    """Return the path that an entry names: relative to the folder of the project file, ``~`` expanded."""
    return folder / Path(path).expanduser()


def located(path: Path) -> LocatedText:
    """Return the text of a project file, with the place of each entry.

    Raises:
        SettingsError: The file cannot be read, is larger than 1 MiB, or is no TOML.
    """
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


def connection_of(folder: Path, table: Mapping[str, Any]) -> ProjectConnection:
    """Return what a table ``connections.NAME`` says."""
    lists = {name: tuple(table[name]) for name in ("allow_private", "allow_http") if name in table}
    ca_file = table.get("ca_file")
    return ProjectConnection(
        destination=table.get("destination"),
        **lists,
        ca_file=f"{beside(folder, ca_file)}" if ca_file else None,
        timeout_s=table.get("timeout"),
        limits=Limits(**table.get("limits", {})),
        workers=table.get("workers"),
        rate=table.get("rate"),
    )


def pipelines_of(folder: Path, text: LocatedText, report: Report) -> dict[str, Pipeline | Path]:
    """Return the pipelines of a project: those written out in its file, and the paths of the others.

    Args:
        folder: Of the project file.
        text: Of the project file.
        report: Takes each fault.
    """
    found: dict[str, Pipeline | Path] = {}
    tables = text.data.get("pipelines", {})
    for name, held in tables.items() if isinstance(tables, dict) else ():
        if isinstance(held, str):
            found[name] = beside(folder, held)
        elif isinstance(held, dict):
            found[name] = _pipeline_of_table(folder, name, held, report)
        else:
            report(
                ("pipelines", name), "it must be the path of a file, or a table with a connection"
            )
    return found


def _pipeline_of_table(folder: Path, name: str, table: dict[str, Any], report: Report) -> Pipeline:
    at = ("pipelines", name)
    faults = Faults()
    pipeline = pipeline_of(folder / f"{name}.toml", table, faults)
    for problem in faults.problems:
        inside = problem.path.replace("[", ".").replace("]", "")
        report((*at, *inside.split(".")), problem.message.partition(": ")[2])
    settings = table.get("settings")
    for field in settings if isinstance(settings, dict) else ():
        if is_secret(field):
            report((*at, "settings", field), where_it_belongs(field))
    return pipeline
