"""The two completions that are asked for most, without click: a command's name, and a destination's.

A word that this module knows nothing of is left to click, which imports the command to find out.
"""

from __future__ import annotations

import os
import sys

from portcall.cli.commands import COMMANDS

TYPE_CHECKING = False  # the import of `typing` would take longer than the answer
if TYPE_CHECKING:
    from collections.abc import Mapping

SLUG_FIRST = ("choices", "connect", "describe", "request", "send", "test")
"""Commands whose first argument is a connection or a destination, and so their second word."""


def quick_completion(instruction: str, environ: Mapping[str, str]) -> str | None:
    """Return what a shell's script for click expects, or None if click has to be asked.

    Args:
        instruction: ``bash_complete``, ``zsh_complete`` or ``fish_complete``.
        environ: Has the line in ``COMP_WORDS``, and ``COMP_CWORD``.
    """
    shell = instruction.removesuffix("_complete")
    typed = _typed(shell, environ.get("COMP_WORDS", ""), environ.get("COMP_CWORD", ""))
    if typed is None:
        return None
    before, word = typed
    offered = _offered(before)
    if offered is None:
        return None
    found = [(name, text) for name, text in offered.items() if name.startswith(word)]
    return "\n".join(_line(shell, name, text) for name, text in found)


def _typed(shell: str, line: str, place: str) -> tuple[list[str], str] | None:
    """Return the words after the program's name, and the one to complete."""
    if shell not in ("bash", "zsh", "fish") or set(line + place) & set("'\"\\#-"):
        return None
    words = line.split()
    if shell == "fish":
        before = words[1:]
        return (before[:-1] if place and before[-1:] == [place] else before), place
    if not place.isdecimal():
        return None
    number = int(place)
    return words[1:number], words[number] if number < len(words) else ""


def _offered(before: list[str]) -> Mapping[str, str] | None:
    if not before:
        from portcall.cli.flags.brought_commands import brought_names  # noqa: PLC0415  # reads metadata

        return {**COMMANDS, **brought_names()}
    if len(before) > 1 or before[0] not in SLUG_FIRST:
        return None
    from portcall.cli.destinations.check_cache import CheckCache  # noqa: PLC0415  # for some words only

    rows, names = CheckCache().read(), _connections()
    if rows is None or names is None:
        return None
    from portcall.cli.flags.project_names import project_names  # noqa: PLC0415

    own = project_names("connections")
    return dict.fromkeys([*names, *own, *(row["slug"] for row in rows)], "")


def _connections() -> list[str] | None:
    """Return the names in this user's own store; None if only the store itself can tell."""
    if os.environ.get("PORTCALL_STORE"):
        return None
    file = store_file()
    if not os.path.exists(file):
        return []
    import sqlite3  # noqa: PLC0415  # only where there are connections

    try:
        # As a URI (https://sqlite.org/uri.html), so that reading makes no file.
        path = file.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)
        try:
            return [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM portcall_connections ORDER BY name"
                )
            ]
        finally:
            connection.close()
    except sqlite3.Error:
        return None


def store_file() -> str:
    """Return the path of this user's store, as `portcall.store.home` has it."""
    chosen = os.environ.get("PORTCALL_HOME")
    folder = os.path.abspath(os.path.expanduser(chosen)) if chosen else f"{_data_folder()}/portcall"
    return os.path.join(folder, "connections.sqlite3")


def _data_folder() -> str:
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support")
    given = os.environ.get("XDG_DATA_HOME", "")
    return given if given.startswith("/") else os.path.expanduser("~/.local/share")


def _line(shell: str, name: str, text: str) -> str:
    if shell == "bash":
        return f"plain,{name}"
    if shell == "zsh":
        return f"plain\n{name}\n{text or '_'}"
    return f"plain,{name}\t{text}" if text else f"plain,{name}"
