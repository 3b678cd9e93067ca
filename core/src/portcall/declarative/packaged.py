"""Destination files where they are found: by a path, or inside an installed package."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType

from portcall.declarative.compiler import LoadScheme
from portcall.declarative.files import MOST_BYTES, NAMES, compile_destination, read_destination
from portcall.errors import PluginLoadError
from portcall.plugins.files import load_python_file, slug_of
from portcall.plugins.info import PluginInfo

SUFFIXES = (".py", ".toml", ".json")


def plugins_at(places: Iterable[str | Path]) -> Iterator[PluginInfo]:
    """Find the plugins that are files; none is loaded.

    Args:
        places: Paths of files and of folders.

    Raises:
        PluginLoadError: There is nothing at a path, or a file of another kind.
    """
    for place in places:
        for path in _plugin_files(Path(place)):
            yield PluginInfo(_slug_in(path), "portcall.destinations", f"{path}", plugin=path)


def _plugin_files(place: Path) -> list[Path]:
    if place.is_dir():
        found = (each for each in sorted(place.iterdir()) if each.suffix in SUFFIXES)
        return [each for each in found if not each.name.startswith(("_", "."))]
    if not place.is_file():
        raise PluginLoadError(f"{place}: there is no such file or folder of plugins")
    if place.suffix not in SUFFIXES:
        raise PluginLoadError(
            f"{place} is not a plugin: its name must end in {', '.join(SUFFIXES)}"
        )
    return [place]


def _slug_in(path: Path) -> str:
    """Return the slug of a plugin's file: what it says, else what its name gives."""
    if path.suffix == ".py":
        return slug_of(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES).decode("utf-8-sig")
        data = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
        slug = data.get("slug")
    except (OSError, ValueError, RecursionError, AttributeError):  # said when it is loaded
        slug = None
    return slug if isinstance(slug, str) and slug else slug_of(path)


def loaded(plugin: object, load_scheme: LoadScheme) -> object:
    """Return the plugin that a file is, or that an installed package holds as a file.

    Args:
        plugin: The path of a file, or what an entry point names.
        load_scheme: Returns the plugin of a scheme.

    Raises:
        PluginLoadError: The file cannot be used.
    """
    if not isinstance(plugin, Path):
        return _packaged(plugin, load_scheme)
    if plugin.suffix == ".py":
        return load_python_file(plugin)
    return read_destination(plugin, load_scheme)


def _packaged(plugin: object, load_scheme: LoadScheme) -> object:
    """Compile the destination file of a package without hookimpls; anything else stays as it is."""
    if not isinstance(plugin, ModuleType) or not hasattr(plugin, "__path__"):
        return plugin
    if any(hasattr(each, "portcall_impl") for each in vars(plugin).values()):
        return plugin
    for name in NAMES:
        file = files(plugin).joinpath(name)
        if file.is_file():
            where = f"{plugin.__name__}/{name}"
            return compile_destination(file.read_bytes(), where, load_scheme)
    return plugin
