"""What the last check of the installed plugins found, so that a list need not load them again.

Only `portcall destinations` and a shell that completes a line read it, to show it: nothing is ever
loaded, sent or decided because of it. A plugin that is broken is checked each time.
"""

from __future__ import annotations

import os
import sys

from portcall._version import __version__
from portcall.cli.destinations.checked_file import cells_of, line_of, read_blocks, write_blocks
from portcall.cli.destinations.file_stamps import own_folder, stamp_of_tree, stamps_of_path
from portcall.plugins.metadata_folders import has_foreign_finders

TYPE_CHECKING = False  # the import of `typing` would take longer than reading the cache
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = ("slug", "scheme", "distribution", "version", "status", "reason")
BROKEN = "broken"
"""The status of a plugin that did not load."""

FORMAT = 2
MOST_ENVIRONMENTS = 8
"""Environments that are remembered: the one seen longest ago is forgotten first."""


class CheckCache:
    """What was found in this environment: this Python, this import path, these plugins that are files.

    Args:
        plugin_files: Paths of the plugins that are files.
    """

    def __init__(self, plugin_files: Sequence[str] = ()) -> None:
        self._files = [os.path.abspath(path) for path in plugin_files]
        self._key = line_of(
            [
                "key",
                FORMAT,
                __version__,
                sys.version,
                sys.prefix,
                len(sys.path),
                *sys.path,
                *self._files,
            ]
        )

    def read(self) -> list[dict[str, str]] | None:
        """Return the rows that were found; None if there are none, or anything has changed since."""
        for block in read_blocks():
            if block[0] == self._key:
                try:
                    return _rows(block) if _is_unchanged(block) else None
                except ValueError:  # no line that was written here
                    return None
        return None

    def look(self, roots: Iterable[str]) -> list[str] | None:
        """Return how the environment looks: every file of it with its time and size.

        Args:
            roots: Files and folders that hold the plugins and what is said of them.

        Returns:
            Lines for `write`; None if it cannot be told whether anything changes: what a finder of
            others has found may be in no file.
        """
        if has_foreign_finders():
            return None
        trees = {root: stamp_of_tree(root) for root in sorted({*roots, *self._files, own_folder()})}
        if None in trees.values():
            return None
        return [self._key, *_places(), *(_tree(root, stamp) for root, stamp in trees.items())]

    def write(self, seen: list[str], rows: Sequence[dict[str, str]]) -> None:
        """Remember *rows*; a cache that cannot be written is passed over.

        Args:
            seen: What `look` returned before the plugins were loaded.
            rows: Texts by the names in `COLUMNS`. What is wrong with a plugin is not kept: a plugin's
                own message may quote anything.
        """
        kept = [{**row, "reason": "" if row["status"] == BROKEN else row["reason"]} for row in rows]
        lines = [line_of(["row", *(row[name] for name in COLUMNS)]) for row in kept]
        others = [
            block
            for block in read_blocks()
            if block[0].startswith("key\t") and block[0] != self._key
        ]
        write_blocks([[*seen, *lines], *others][:MOST_ENVIRONMENTS])


def _is_unchanged(block: Sequence[str]) -> bool:
    if has_foreign_finders() or [line for line in block if line.startswith("place\t")] != _places():
        return False
    trees = [line for line in block if line.startswith("tree\t")]
    return all(_tree(root := cells_of(tree)[-1], stamp_of_tree(root)) == tree for tree in trees)


def _rows(block: Sequence[str]) -> list[dict[str, str]]:
    rows = [cells_of(line)[1:] for line in block if line.startswith("row\t")]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def _places() -> list[str]:
    return [line_of(["place", *stamp]) for stamp in stamps_of_path()]


def _tree(root: str, stamp: Sequence[int] | None) -> str:
    return line_of(["tree", *(stamp or ()), root])
