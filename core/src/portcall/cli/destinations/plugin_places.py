"""The files and folders that installed plugins are made of."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from portcall.plugins.catalog import Catalog
from portcall.plugins.info import PluginInfo


def places_of(catalogs: Iterable[Catalog]) -> set[str] | None:
    """Return where the code and the metadata of all plugins are; no plugin is imported.

    Returns:
        Absolute paths; None if one of them is in no folder: in an archive, say.
    """
    places: set[str] = set()
    for catalog in catalogs:
        for info in (claim for slug in catalog for claim in catalog.claims(slug)):
            found = _places(info)
            if found is None:
                return None
            places |= found
    return places


def _places(info: PluginInfo) -> set[str] | None:
    if info.origin is None:
        return set()
    metadata = getattr(info.origin, "_path", None)  # the finders of others have none
    if not isinstance(metadata, Path) or not metadata.exists():
        return None
    code = _code(info.target.partition(":")[0].partition(".")[0].strip())
    return None if code is None else {f"{metadata.absolute()}", *code}


def _code(name: str) -> set[str] | None:
    """Return the folders of a package, or the file of a module; empty if there is none."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # a module that does not say where it is from
        return None
    if spec is None:
        return set()
    places = spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
    return {f"{Path(place).absolute()}" for place in places}
