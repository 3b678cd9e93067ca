"""Commands that other distributions bring: their names, from metadata alone and without any package.

``portcall --help`` and a shell that completes a line list them; nothing of them is imported. A finder of
a third party and an archive on the import path are not looked at here: what they have still runs.
"""

from __future__ import annotations

import os
import sys

from portcall.cli.commands import COMMANDS
from portcall.plugins.metadata_folders import metadata_folders

TYPE_CHECKING = False  # the import of `typing` would take longer than the answer
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GROUP = "portcall.commands"
_MOST_BYTES = 1 << 16


class Bringer:
    """A distribution with commands.

    Args:
        name: As its folder of metadata spells it, with dashes.
        commands: The names of its commands, in its order.
        summary: What it says of itself, in a line; may be empty.
    """

    __slots__ = ("commands", "name", "summary")

    def __init__(self, name: str, commands: Sequence[str], summary: str) -> None:
        self.name = name
        self.commands = tuple(commands)
        self.summary = summary


def bringers() -> list[Bringer]:
    """Return the distributions that bring commands, by name; the first on the import path counts."""
    found: dict[str, Bringer] = {}
    for folder in _metadata_folders():
        names = _names(_text(os.path.join(folder, "entry_points.txt")))
        if names:
            name = _distribution(folder)
            found.setdefault(name, Bringer(name, names, _summary(folder)))
    return [found[name] for name in sorted(found)]


def brought_names(brought: Sequence[Bringer] | None = None) -> dict[str, str]:
    """Return the commands that can be run, each with the summary of its distribution.

    What portcall itself or two distributions have is left out.

    Args:
        brought: Who brings commands; looked for if None.
    """
    known = bringers() if brought is None else brought
    every = [name for each in known for name in each.commands]
    return {
        name: each.summary
        for each in known
        for name in each.commands
        if name not in COMMANDS and every.count(name) == 1
    }


def refused_names(brought: Sequence[Bringer]) -> Iterator[str]:
    """Yield a sentence for each name that is refused.

    Args:
        brought: Who brings commands.
    """
    rivals: dict[str, list[str]] = {}
    for each in brought:
        for name in each.commands:
            rivals.setdefault(name, []).append(each.name)
    for name, several in rivals.items():
        if name in COMMANDS:
            yield f"{name!r} of {' and '.join(several)} is refused: portcall has a command of this name."
        elif len(several) > 1:
            yield f"{name!r} is refused: it is offered by {' and '.join(several)}; uninstall all but one."


def _metadata_folders() -> Iterator[str]:
    for place in dict.fromkeys(map(str, sys.path)):
        if place.endswith(".egg"):
            yield os.path.join(place, "EGG-INFO")
        yield from sorted(metadata_folders(place) or ())


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _names(text: str) -> list[str]:
    if GROUP not in text:
        return []
    names, section = [], ""
    for line in text.splitlines():
        row = line.strip()
        if row.startswith("["):
            section = row.strip("[]").strip()
        elif section == GROUP and "=" in row and row[0] not in "#;":
            names.append(row.partition("=")[0].strip())
    return [name for name in dict.fromkeys(names) if name and name.isprintable()]


def _distribution(folder: str) -> str:
    folder = folder.removesuffix(f"{os.sep}EGG-INFO")
    name = os.path.splitext(os.path.basename(folder))[0]
    return name.partition("-")[0].replace("_", "-").lower()


def _summary(folder: str) -> str:
    head = _text(os.path.join(folder, "METADATA")) or _text(os.path.join(folder, "PKG-INFO"))
    for line in head.partition("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "summary":
            return " ".join(each for each in value.split() if each.isprintable())
    return ""
