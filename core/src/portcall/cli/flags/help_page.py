"""What ``portcall --help`` prints; without click, whose import takes longer than all the rest."""

from __future__ import annotations

import os
import sys

from portcall.cli.commands import COMMANDS, NAME
from portcall.cli.flags.brought_commands import bringers, brought_names, refused_names

TYPE_CHECKING = False  # the import of `typing` would take longer than the page
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ABOUT = "Deliver events to other companies' HTTP APIs; every destination is a plugin."
OPTIONS = {
    "--debug": "On an error, show the traceback, without secrets.",
    "--plugin PATH": "A destination that is a file (.py, .toml, .json), or a folder of them; repeatable.",
    "--project PATH": "The project file, or its folder (the nearest portcall.toml, here or above).",
    "--no-project": "Use no project file.",
    "--version": "Show the version and exit.",
    "-h, --help": "Show this message and exit.",
}
"""The options that stand before a command's name."""

EPILOG = (
    "Exit codes: 0 done, 1 refused by the destination, 2 usage, settings or a broken plugin, "
    "3 authentication, 4 network or the destination cannot serve (429, 5xx), "
    "5 connected but not checked, 130 interrupted."
)
WIDEST = 100
"""Columns of a help text at the most."""

_NARROWEST = 50
_USUAL = 80


def help_page(columns: int | None = None) -> str:
    """Return the help of ``portcall`` itself.

    Args:
        columns: Of the terminal; as it is now if None.
    """
    width = max(min(columns or _columns(), WIDEST) - 2, _NARROWEST)
    return "\n".join(_lines(width))


def _lines(width: int) -> Iterator[str]:
    yield f"Usage: {NAME} [OPTIONS] COMMAND [ARGS]...\n"
    yield _indented(ABOUT, width)
    yield "\nOptions:"
    yield from _definitions(OPTIONS, width)
    yield "\nCommands:"
    yield from _definitions(COMMANDS, width)
    yield from _brought(width)
    yield ""
    yield _indented(EPILOG, width)


def _brought(width: int) -> Iterator[str]:
    """Yield what other distributions bring, by distribution: metadata has no text for each command."""
    known = bringers()
    usable = brought_names(known)
    for each in known:
        names = [name for name in each.commands if name in usable]
        if names:
            head = (
                f"Commands of {each.name}: {each.summary}"
                if each.summary
                else f"Commands of {each.name}:"
            )
            yield "\n" + _filled(head, width, "", "  ")
            yield from _definitions({name: f"See: {NAME} {name} --help" for name in names}, width)
    refused = list(refused_names(known))
    yield from ["", *(_indented(each, width) for each in refused)] if refused else ()


def _definitions(texts: Mapping[str, str], width: int) -> Iterator[str]:
    left = max(map(len, texts)) + 4
    for name, text in texts.items():
        yield _filled(text, width, f"  {name}".ljust(left), " " * left)


def _indented(text: str, width: int) -> str:
    return _filled(text, width, "  ", "  ")


def _filled(text: str, width: int, first: str, later: str) -> str:
    """Break *text* into lines between its words; the import of `textwrap` takes longer than the page.

    Args:
        text: Words between single spaces.
        width: Columns of a line at the most; a word that is longer has a line of its own.
        first: What stands before the words of the first line.
        later: What stands before those of the other lines.
    """
    lines, line = [], first
    for word in text.split():
        if len(line) + len(word) > width and line.strip():
            lines.append(line.rstrip())
            line = later
        line += f"{word} "
    return "\n".join([*lines, line.rstrip()])


def _columns() -> int:
    """Return the width that ``COLUMNS`` says, else the terminal's, as `shutil.get_terminal_size` does."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size((sys.__stdout__ or sys.stdout).fileno()).columns or _USUAL
    except (OSError, ValueError, AttributeError):
        return _USUAL
