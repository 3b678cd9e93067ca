"""What the last check of the installed plugins found, so that a list need not load them again.

Only `portcall destinations` and a shell that completes a line read it, to show it: nothing is ever
loaded, sent or decided because of it. A plugin that is broken is checked each time.
"""

from __future__ import annotations

import json
import os
import sys

from portcall._version import __version__
from portcall.cli.destinations.file_stamps import own_folder, stamp_of_tree, stamps_of_path
from portcall.plugins.metadata_folders import has_foreign_finders

TYPE_CHECKING = False  # the import of `typing` would take longer than reading the cache
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

COLUMNS = ("slug", "scheme", "distribution", "version", "status", "reason")
BROKEN = "broken"
"""The status of a plugin that did not load."""

FORMAT = 1
LARGEST = 4 * 1024 * 1024
"""Bytes of the file at the most."""
MOST_ENVIRONMENTS = 8
"""Environments that are remembered: the one seen longest ago is forgotten first."""


def place() -> str:
    """Return the path of the file: in ``PORTCALL_HOME``, or else in the user's folder for caches."""
    chosen = os.environ.get("PORTCALL_HOME")
    if chosen:
        return os.path.join(os.path.abspath(os.path.expanduser(chosen)), "cache", "checked.json")
    return os.path.join(_caches(), "portcall", "checked.json")


def _caches() -> str:
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches")
    # A relative path is to be ignored (XDG Base Directory Specification).
    given = os.environ.get("XDG_CACHE_HOME", "")
    return given if given.startswith("/") else os.path.expanduser("~/.cache")


class CheckCache:
    """What was found in this environment: this Python, this import path, these plugins that are files.

    Args:
        plugin_files: Paths of the plugins that are files.
    """

    def __init__(self, plugin_files: Sequence[str] = ()) -> None:
        self._files = [os.path.abspath(path) for path in plugin_files]
        self._key = [FORMAT, __version__, sys.version, sys.prefix, sys.path, self._files]

    def read(self) -> list[dict[str, str]] | None:
        """Return the rows that were found; None if there are none, or anything has changed since."""
        for entry in _read():
            if entry["key"] == self._key:
                return entry["rows"] if self._is_unchanged(entry) else None
        return None

    def look(self, roots: Iterable[str]) -> dict[str, Any] | None:
        """Return how the environment looks: every file of it with its time and size.

        Args:
            roots: Files and folders that hold the plugins and what is said of them.

        Returns:
            JSON for `write`; None if it cannot be told whether anything changes: what a finder of
            others has found may be in no file.
        """
        if has_foreign_finders():
            return None
        trees = {root: stamp_of_tree(root) for root in sorted({*roots, *self._files, own_folder()})}
        if None in trees.values():
            return None
        return {"key": self._key, "places": stamps_of_path(), "trees": trees}

    def write(self, seen: dict[str, Any], rows: Sequence[dict[str, str]]) -> None:
        """Remember *rows*; a cache that cannot be written is passed over.

        Args:
            seen: What `look` returned before the plugins were loaded.
            rows: Texts by the names in `COLUMNS`. What is wrong with a plugin is not kept: a plugin's
                own message may quote anything.
        """
        kept = [{**row, "reason": "" if row["status"] == BROKEN else row["reason"]} for row in rows]
        others = [entry for entry in _read() if entry["key"] != self._key]
        entries = [{**seen, "rows": kept}, *others][:MOST_ENVIRONMENTS]
        _replace(json.dumps(entries).encode())

    def _is_unchanged(self, entry: dict[str, Any]) -> bool:
        return (
            not has_foreign_finders()
            and entry["places"] == stamps_of_path()
            and all(tree == stamp_of_tree(root) for root, tree in entry["trees"].items())
        )


def _read() -> list[dict[str, Any]]:
    """Return the environments in the file; none if it is not as `CheckCache.write` left it."""
    try:
        with open(place(), "rb") as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return []
            text = file.read(LARGEST + 1)
        entries = json.loads(text) if len(text) <= LARGEST else []
        return entries if all(map(_is_entry, entries)) else []
    except (OSError, ValueError, TypeError, RecursionError):
        return []


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("key"), list)
        and isinstance(entry.get("trees"), dict)
        and "places" in entry
        and all(
            set(row) == set(COLUMNS) and all(isinstance(text, str) for text in row.values())
            for row in entry["rows"]
        )
    )


def _make_folder(folder: str) -> None:
    """Make *folder*, and what is missing above it, for this user only."""
    if not os.path.isdir(folder):
        _make_folder(os.path.dirname(folder))
        os.mkdir(folder, 0o700)


def _replace(data: bytes) -> None:
    if len(data) > LARGEST:
        return
    path = place()
    fresh = f"{path}.{os.getpid()}"
    try:
        _make_folder(os.path.dirname(path))
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.replace(fresh, path)
    except OSError:
        try:
            os.unlink(fresh)
        except OSError:
            return
