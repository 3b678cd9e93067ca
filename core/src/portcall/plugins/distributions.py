"""Installed distributions: where their metadata stands, and which copy of one counts."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from importlib_metadata import Distribution, PathDistribution, distributions

from portcall.plugins.metadata_folders import LEFTOVER, has_foreign_finders, metadata_folders
from portcall.plugins.versions import order

_FOLDER: Final = re.compile(
    r"(?P<name>[^-]+)(?:-(?P<version>[^-]+)(?:-.*)?)?\.(?:dist-info|egg-info|egg)", re.IGNORECASE
)


class FolderDistribution(PathDistribution):
    """A distribution whose metadata is in a folder; made without a look at the folder.

    Args:
        folder: Path of the folder of metadata.
    """

    def __init__(self, folder: str) -> None:
        self.folder: Final = folder

    @cached_property
    def _path(self) -> Path:  # type: ignore[override]  # made by few: a path takes longer than its file
        return Path(self.folder)

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        """Return the text of a file of the metadata; None if it cannot be opened.

        Raises:
            UnicodeDecodeError: It is not in UTF-8.
        """
        try:
            with open(os.path.join(self.folder, filename), "rb", buffering=0) as file:
                text = file.read().decode("utf-8")
        except OSError:
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def installed() -> Iterator[Distribution]:
    """Yield every distribution on the import path, in its order.

    A place on the path that cannot be read hides only itself. What an installer was about to remove
    when it was stopped is left out.
    """
    is_usual = not has_foreign_finders()
    for place in dict.fromkeys(map(str, sys.path)):
        is_egg = place.lower().endswith(".egg")
        folders = metadata_folders(place) if is_usual and not is_egg else None
        if folders is not None:
            yield from map(FolderDistribution, folders)
            continue
        try:
            found: list[Any] = [d for d in distributions(path=[place]) if hasattr(d, "read_text")]
        except Exception:  # noqa: BLE001, S112  # a third-party metadata finder may raise anything
            continue
        yield from (each for each in found if not _folder(each).startswith(LEFTOVER))


def read(origin: Distribution, *names: str) -> str:
    """Return the text of the first of the metadata files *names* that there is; empty if none."""
    for name in names:
        try:
            text = origin.read_text(name)
        except Exception:  # noqa: BLE001, S112  # undecodable bytes; a third-party finder's own errors
            continue
        if text:
            return text
    return ""


def header(origin: Distribution, key: str) -> str:
    """Return a one-word field of the metadata, or of the metadata folder's name; empty if neither says.

    Args:
        origin: Installed as a wheel (``METADATA``), or by setuptools alone (``PKG-INFO``).
        key: ``"Name"`` or ``"Version"``.
    """
    head = read(origin, "METADATA", "PKG-INFO").partition("\n\n")[0]
    found = re.search(rf"^{key}:[ \t]*(\S+)", head, re.MULTILINE | re.IGNORECASE)
    if found:
        return found[1]
    folder = _FOLDER.fullmatch(_folder(origin))
    return (folder[key.lower()] or "") if folder else ""


def canonical(name: str) -> str:
    """Return *name* as all its spellings compare: ``Portcall_Acme`` is ``portcall-acme`` (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def stands_before(later: Distribution, earlier: Distribution) -> bool:
    """Return True if of two copies of one distribution the one found *later* on the path counts.

    Python imports from the earlier place, so that this one counts, but for two cases: in one folder,
    what an upgrade left behind; and beside the code of a project, metadata of an old build of it,
    while the project itself is installed as editable.
    """
    try:
        place, own_place = Path(str(earlier.locate_file(""))), Path(str(later.locate_file("")))
        if place == own_place:
            return _rank(later) > _rank(earlier)
        project = _editable_project(later)
        return project is not None and place.resolve().is_relative_to(project)
    except Exception:  # noqa: BLE001  # a third-party finder's distributions may be anywhere
        return False


def _rank(origin: Distribution) -> tuple[object, bool]:
    return order(header(origin, "Version")), _folder(origin).lower().endswith(".dist-info")


def _editable_project(origin: Distribution) -> Path | None:
    """Return the folder of the project that is installed as editable (PEP 610); None if it is not."""
    text = read(origin, "direct_url.json")
    about = json.loads(text) if text else {}
    if not about.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(about["url"]).path)).resolve()


def _folder(origin: Distribution) -> str:
    """Return the name of the folder that holds the metadata; of an egg, the egg's own."""
    path = getattr(origin, "_path", None)  # the finders of others have none
    name = str(getattr(path, "name", "") or "")
    if name.upper() == "EGG-INFO" and path is not None:
        return str(path.parent.name)
    return name
