"""The file of what was checked: one block of lines for each environment, its cells between tabs.

It is no JSON, as the import of `json` takes longer than reading the file and looking whether it still holds.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # the import of `typing` would take longer than reading the file
if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 4 * 1024 * 1024
"""Bytes of the file at the most."""


def place() -> str:
    """Return the path of the file: in ``PORTCALL_HOME``, or else in the user's folder for caches."""
    chosen = os.environ.get("PORTCALL_HOME")
    if chosen:
        return os.path.join(os.path.abspath(os.path.expanduser(chosen)), "cache", "checked.tsv")
    return os.path.join(_caches(), "portcall", "checked.tsv")


def _caches() -> str:
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches")
    # A relative path is to be ignored (XDG Base Directory Specification).
    given = os.environ.get("XDG_CACHE_HOME", "")
    return given if given.startswith("/") else os.path.expanduser("~/.cache")


def line_of(cells: Iterable[object]) -> str:
    """Return a line of the file; it has no tab, no line break and no letter beyond ASCII in a cell."""
    texts = [f"{cell}" for cell in cells]
    line = "\t".join(texts)
    is_plain = line.isascii() and "\\" not in line and line.replace("\t", "").isprintable()
    if is_plain and line.count("\t") == len(texts) - 1:
        return line
    return "\t".join(text.encode("unicode_escape").decode("ascii") for text in texts)


def cells_of(line: str) -> list[str]:
    """Return the texts that `line_of` was given.

    Raises:
        ValueError: It never wrote this line.
    """
    cells = line.split("\t")
    if "\\" not in line:
        return cells
    return [cell.encode("ascii").decode("unicode_escape") for cell in cells]


def read_blocks() -> list[list[str]]:
    """Return the lines of each environment; none if the file cannot be read, or is another user's."""
    try:
        with open(place(), "rb", buffering=0) as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return []
            text = file.read(LARGEST + 1)
        blocks = text.decode("ascii").split("\n\n") if len(text) <= LARGEST else []
    except (OSError, ValueError):
        return []
    return [block.split("\n") for block in blocks if block]


def write_blocks(blocks: Iterable[list[str]]) -> None:
    """Replace the file, if that is possible and it is not too large."""
    data = "\n\n".join("\n".join(lines) for lines in blocks).encode("ascii")
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


def _make_folder(folder: str) -> None:
    """Make *folder*, and what is missing above it, for this user only."""
    if not os.path.isdir(folder):
        _make_folder(os.path.dirname(folder))
        os.mkdir(folder, 0o700)
