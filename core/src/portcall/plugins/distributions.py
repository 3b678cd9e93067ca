"""Installed distributions: where their metadata stands, and which copy of one counts."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from portcall.plugins.metadata_folders import LEFTOVER, has_foreign_finders, metadata_folders

if TYPE_CHECKING:
    from importlib_metadata import Distribution

    from portcall.plugins.metadata import Metadata

_FOLDER: Final = re.compile(
    r"(?P<name>[^-]+)(?:-(?P<version>[^-]+)(?:-.*)?)?\.(?:dist-info|egg-info|egg)", re.IGNORECASE
)


class FolderDistribution:
    """A distribution whose metadata is in a folder; made without a look at the folder.

    What is asked for seldom is asked of `importlib_metadata`, whose import takes longer than the rest.

    Args:
        folder: Path of the folder of metadata.
    """

    def __init__(self, folder: str) -> None:
        self.folder: Final = folder

    @cached_property
    def _path(self) -> Path:  # made by few: a path takes longer than its file
        return Path(self.folder)

    @cached_property
    def _whole(self) -> Distribution:
        from importlib_metadata import PathDistribution  # noqa: PLC0415  # see above

        return PathDistribution(self._path)

    @property
    def metadata(self) -> Any:
        """The fields of ``METADATA``."""
        return self._whole.metadata

    @property
    def entry_points(self) -> Any:
        """Its entry points."""
        return self._whole.entry_points

    def __getattr__(self, name: str) -> Any:
        """Return what else a distribution of `importlib_metadata` has."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._whole, name)

    @property
    def requires(self) -> list[str] | None:
        """Its ``Requires-Dist`` entries; None if it has none."""
        head = re.sub(r"\n[ \t]+", " ", read(self, "METADATA", "PKG-INFO").partition("\n\n")[0])
        entries = [line.partition(":") for line in head.splitlines()]
        found = [text.strip() for name, _, text in entries if name.lower() == "requires-dist"]
        if found or not self.read_text("requires.txt"):
            return found or None
        return self._whole.requires  # as setuptools alone has left it

    def read_text(self, filename: str, /) -> str | None:
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

    def locate_file(self, path: str, /) -> Path:
        """Return where a file of the distribution is."""
        return self._path.parent / path


def installed() -> Iterator[Metadata]:
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
        if is_usual and not os.path.exists(place):  # the archive of the standard library, mostly
            continue
        from importlib_metadata import distributions  # noqa: PLC0415  # for few places

        try:
            found: list[Any] = [d for d in distributions(path=[place]) if hasattr(d, "read_text")]
        except Exception:  # noqa: BLE001, S112  # a third-party metadata finder may raise anything
            continue
        yield from (each for each in found if not _folder(each).startswith(LEFTOVER))


def read(origin: Metadata, *names: str) -> str:
    """Return the text of the first of the metadata files *names* that there is; empty if none."""
    for name in names:
        try:
            text = origin.read_text(name)
        except Exception:  # noqa: BLE001, S112  # undecodable bytes; a third-party finder's own errors
            continue
        if text:
            return text
    return ""


def header(origin: Metadata, key: str) -> str:
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


def stands_before(later: Metadata, earlier: Metadata) -> bool:
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


def _rank(origin: Metadata) -> tuple[object, bool]:
    from portcall.plugins.versions import order  # noqa: PLC0415  # only for copies of a distribution

    return order(header(origin, "Version")), _folder(origin).lower().endswith(".dist-info")


def _editable_project(origin: Metadata) -> Path | None:
    """Return the folder of the project that is installed as editable (PEP 610); None if it is not."""
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415  # only for copies of a distribution

    text = read(origin, "direct_url.json")
    about = json.loads(text) if text else {}
    if not about.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(about["url"]).path)).resolve()


def _folder(origin: Metadata) -> str:
    """Return the name of the folder that holds the metadata; of an egg, the egg's own."""
    path = getattr(origin, "_path", None)  # the finders of others have none
    name = str(getattr(path, "name", "") or "")
    if name.upper() == "EGG-INFO" and path is not None:
        return str(path.parent.name)
    return name
