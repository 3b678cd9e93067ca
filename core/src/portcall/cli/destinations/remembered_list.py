"""The list of `portcall destinations`, where it is remembered and all of it is fine; without click."""

from __future__ import annotations

import os
import sys

from portcall.cli.destinations.check_cache import COLUMNS, CheckCache
from portcall.cli.terminal.tables import table
from portcall.project.find_project import OFF_VARIABLE, VARIABLE, find_project

PLUGINS_VARIABLE = "PORTCALL_PLUGINS"


def remembered_list() -> str | None:
    """Return what the command prints; None if it has to run for it.

    It has to where a plugin may be a file, something is wrong, or the terminal takes more than text.
    """
    if any(map(os.environ.get, (PLUGINS_VARIABLE, VARIABLE, OFF_VARIABLE))) or find_project():
        return None
    is_terminal = sys.stdout.isatty()
    if is_terminal and sys.platform == "win32":  # click makes calls of its colours there
        return None
    rows = CheckCache().read()
    if not rows or not all(map(_is_fine, rows)):
        return None
    heads = COLUMNS[:-1]
    coloured = is_terminal and not os.environ.get("NO_COLOR")
    return "\n".join(
        table([[row[name] for name in heads] for row in rows], heads, coloured=coloured)
    )


def _is_fine(row: dict[str, str]) -> bool:
    """Return whether *row* can be shown as it is: what a plugin says may steer a terminal."""
    text = "".join(row.values())
    return row["status"] == "ok" and not row["reason"] and text.isascii() and text.isprintable()
