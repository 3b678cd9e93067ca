"""Installed distributions: where their metadata stands, and which copy of one counts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from importlib_metadata import Distribution, distributions

from portcall.plugins.versions import order

_FOLDER: Final = re.compile(
    r"(?P<name>[^-]+)(?:-(?P<version>[^-]+)(?:-.*)?)?\.(?:dist-info|egg-info|egg)", re.IGNORECASE
)
_LEFTOVER: Final = "~"
"""What pip puts before the name of a distribution that it is about to remove."""


def installed() -> Iterator[Distribution]:
    """Yield every distribution on the import path, in its order.

    A place on the path that cannot be read hides only itself. What an installer was about to remove
    when it was stopped is left out.
    """
    for place in dict.fromkeys(map(str, sys.path)):
        try:
            found: list[Any] = [d for d in distributions(path=[place]) if hasattr(d, "read_text")]
        except Exception:  # noqa: BLE001, S112  # a third-party metadata finder may raise anything
            continue
        yield from (each for each in found if not _folder(each).startswith(_LEFTOVER))


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
