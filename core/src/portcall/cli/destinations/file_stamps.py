"""Times and sizes of the files that plugins are made of: whether anything has changed."""

from __future__ import annotations

import os
import sys
from zlib import crc32

TYPE_CHECKING = False  # the import of `typing` would take longer than looking at the files
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_FILES = 5_000
"""Files of one plugin at the most; a larger one is checked each time."""

_COMPILED = "__pycache__"
_METADATA = (".dist-info", ".egg-info", ".egg", ".egg-link", ".pth")
_READ = ("METADATA", "PKG-INFO", "entry_points.txt", "direct_url.json")
"""Files of metadata that portcall reads; an installer writes several more."""
_IMPORTABLE = (".py", ".so", ".pyd", ".zip", *_METADATA)


def stamps_of_path() -> list[list[Any]]:
    """Return the places of the import path, each with its names, and the times of the metadata in it."""
    return [[place, *_stamp_of_place(place)] for place in sys.path]


def _stamp_of_place(place: str) -> Iterator[int]:
    """Yield a checksum of the names in a folder, and the sum of the times of what installers leave there."""
    names, times = [], 0
    try:
        with os.scandir(place or os.curdir) as inside:
            for each in inside:
                # Only what can be imported: a run may leave its journal in the current folder.
                if each.name != _COMPILED and _is_importable(each.name):
                    names.append(each.name)
                    times += each.stat().st_mtime_ns if each.name.endswith(_METADATA) else 0
    except NotADirectoryError:  # an archive that is imported from
        names, times = [place], os.stat(place).st_mtime_ns
    except OSError:
        return
    yield crc32("\0".join(sorted(names)).encode("utf-8", "surrogateescape"))
    yield times


def _is_importable(name: str) -> bool:
    return "." not in name or name.endswith(_IMPORTABLE)


def stamp_of_tree(root: str) -> list[int] | None:
    """Return what changes if a file under *root* does: a checksum of paths, times and sizes, and sums.

    Returns:
        None if there are too many files, or none.
    """
    seen, times, size = [], 0, 0
    try:
        for path, found in _walk(root):
            changed, length = found.st_mtime_ns, found.st_size
            seen.append(f"{path}\0{changed}\0{length}")
            times += changed
            size += length
            if len(seen) > MOST_FILES:
                return None
    except OSError:
        return None
    return [crc32("\n".join(sorted(seen)).encode("utf-8", "surrogateescape")), times, size]


def _walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files under *root* that count; *root* itself if it is a file."""
    folders, is_metadata = [root], root.endswith((".dist-info", ".egg-info"))
    if not os.path.isdir(root):
        yield root, os.stat(root)
        return
    while folders:
        with os.scandir(folders.pop()) as inside:
            for each in inside:
                if is_metadata and each.name not in _READ:
                    continue
                if each.is_dir(follow_symlinks=False):
                    if each.name != _COMPILED:
                        folders.append(each.path)
                else:
                    yield each.path, each.stat()


def own_folder() -> str:
    """Return the folder of the package portcall."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
