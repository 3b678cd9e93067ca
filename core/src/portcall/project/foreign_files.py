"""Refuse files that other users could have written: a project allows hosts and names code to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portcall.errors import SettingsError
from portcall.project.find_project import written_by_others

if TYPE_CHECKING:
    from portcall.project.project_file import Project


def refuse_foreign(path: Path, hint: str) -> None:
    """Refuse a file or a folder that other users could have written.

    Raises:
        SettingsError: Other users could have written it; says how, and ends with *hint*.
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
    from portcall.declarative.packaged import SUFFIXES  # noqa: PLC0415  # few projects have plugins

    for place in project.plugins if project.found else ():
        held = sorted(place.iterdir()) if place.is_dir() else []
        for each in [place, *(path for path in held if path.suffix in SUFFIXES)]:
            if each.exists():
                refuse_foreign(each, f"name the project with --project {project.path}")
