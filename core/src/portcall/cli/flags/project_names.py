"""Names in the project's file, for a shell that completes a line: its tables alone, unchecked."""

from __future__ import annotations

import os

from portcall.project.find_project import OFF_VARIABLE, VARIABLE, find_project, named_project

MOST_BYTES = 1 << 20


def project_names(table: str) -> list[str]:
    """Return the names in one table of the project's file; none if the file cannot be read.

    Args:
        table: ``connections`` or ``pipelines``.
    """
    if os.environ.get(OFF_VARIABLE):
        return []
    named = os.environ.get(VARIABLE)
    path = named_project(named) if named else find_project()
    if path is None:
        return []
    import tomllib  # noqa: PLC0415  # only where there is a file

    try:
        with open(path, "rb") as file:
            held = tomllib.loads(file.read(MOST_BYTES).decode("utf-8-sig")).get(table)
    except (OSError, ValueError, RecursionError):
        return []
    return list(held) if isinstance(held, dict) else []
