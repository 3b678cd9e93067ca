"""Find the project file, and find out whether other users could have written it. Imports no package."""

from __future__ import annotations

import os
import stat
import sys

FILE = "portcall.toml"
VARIABLE = "PORTCALL_PROJECT"
OFF_VARIABLE = "PORTCALL_NO_PROJECT"

_BY_OTHERS = stat.S_IWOTH


def find_project(folder: str | None = None) -> str | None:
    """Return the path of the nearest ``portcall.toml``, in a folder or above it; None if there is none.

    Args:
        folder: Where to begin; the working folder if None.
    """
    try:
        place = os.path.abspath(folder or os.getcwd())
    except OSError:  # the working folder is gone
        return None
    while True:
        path = os.path.join(place, FILE)
        if os.path.isfile(path):
            return path
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


def named_project(path: str) -> str:
    """Return the file that a name stands for: the file itself, or the ``portcall.toml`` of a folder."""
    path = os.path.abspath(os.path.expanduser(path))
    return os.path.join(path, FILE) if os.path.isdir(path) else path


def shown_path(path: str) -> str:
    """Return a path as people read it: from the working folder, if it is below that."""
    try:
        below = os.path.join(os.getcwd(), "")
    except OSError:  # the working folder is gone
        return path
    return path.removeprefix(below)


def written_by_others(path: str) -> str:
    """Return how other users could have written a file or a folder; empty if they could not.

    Files of the superuser count as one's own, as with git's ``safe.directory``. On Windows the answer is
    always empty, as `os.stat` shows no owner there.

    Args:
        path: Of a file or a folder that exists.
    """
    if sys.platform == "win32":
        return ""
    found, above = os.stat(path), os.stat(os.path.dirname(path))
    if found.st_uid not in (os.geteuid(), 0):
        return "it belongs to another user"
    if found.st_mode & _BY_OTHERS:
        return "every user may write to it"
    if above.st_mode & _BY_OTHERS and not above.st_mode & stat.S_ISVTX:
        return "every user may replace it, as every user may write to its folder"
    return ""
