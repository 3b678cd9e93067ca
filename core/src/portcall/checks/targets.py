"""From what a person names, a slug, a file, a folder or an object, to the plugins that are checked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any, Final

from portcall.checks.distribution.distribution_metadata import Project, project_in
from portcall.checks.subject import Subject
from portcall.checks.watching import UNWATCHED, Step, Watch
from portcall.declarative.packaged import SUFFIXES, plugins_at
from portcall.errors import PluginLoadError
from portcall.plugins.catalog import survey
from portcall.plugins.info import PluginInfo
from portcall.raised import text_of

DESTINATIONS: Final = "portcall.destinations"
_GROUPS: Final = ("destinations", "schemes", "extras", "stores")


@contextmanager
def subjects(
    target: str | Path | object, watch: Watch = UNWATCHED, **given: Any
) -> Iterator[list[Subject]]:
    """Find the plugins that *target* names, and load them as a host does.

    Args:
        target: A slug, the path of a file or of a project's folder, or a module or object.
        watch: Hears which plugin is about to be loaded.
        given: What the author passed: see `Subject`.

    Raises:
        UnknownPluginError: No plugin has this slug; says which is near.
        PluginLoadError: There is nothing at the path, or no plugin in it.
    """
    if isinstance(target, Path) or (isinstance(target, str) and is_path(target)):
        place = Path(target)
        if place.is_dir():
            with _importable(place):
                yield [_load(info, watch, folder=place, **given) for info in _offered(place)]
            return
        found = list(plugins_at([place]))
    elif isinstance(target, str):
        found = [_installed(target)]
    else:
        found = [PluginInfo("under-test", DESTINATIONS, "", plugin=target)]
    yield [_load(info, watch, **given) for info in found]


def is_path(text: str) -> bool:
    """Return whether *text* is meant as a path: it has a slash, a plugin's suffix, or is a folder's name."""
    return "/" in text or "\\" in text or text == "." or text.endswith(SUFFIXES)


def _installed(slug: str) -> PluginInfo:
    found = survey(*_GROUPS)
    for kind in _GROUPS[1:]:
        if slug in found[kind] and slug not in found["destinations"]:
            return found[kind][slug]
    return found["destinations"][slug]


def _offered(folder: Path) -> list[PluginInfo]:
    """Return what the project in *folder* offers, by its ``pyproject.toml``."""
    project = _project(folder)
    found = []
    for kind in _GROUPS:
        for slug, entry in project.entry_points.get(f"portcall.{kind}", {}).items():
            found.append(PluginInfo(slug, f"portcall.{kind}", f"{entry}"))
    if not found:
        raise PluginLoadError(
            f"{folder / 'pyproject.toml'} offers no plugin; add "
            f'[project.entry-points."{DESTINATIONS}"] with a line such as acme = "portcall_acme"'
        )
    return found


def _project(folder: Path) -> Project:
    path = folder / "pyproject.toml"
    if not path.is_file():
        raise PluginLoadError(
            f"{folder} has no pyproject.toml: name the folder of a plugin's project, or its file"
        )
    try:
        return project_in(folder)
    except (OSError, ValueError) as error:
        raise PluginLoadError(f"{path} cannot be read: {text_of(error)}") from error


def _load(info: PluginInfo, watch: Watch, *, folder: Path | None = None, **given: Any) -> Subject:
    """Import and compose one plugin; what fails is kept, not raised."""
    subject = Subject(info, folder=folder, **given)
    step = Step(info.slug)
    if step in watch.lost:
        subject.load_error = PluginLoadError(f"{info.slug!r} {watch.lost[step]} when it was loaded")
        return subject
    watch.begin(step)
    try:
        if folder is not None:
            subject.info = info = _imported(info)
        subject.plugin = info.load()
        if subject.kind == "destination":
            with subject.open_host() as host:
                subject.destination = host.destination(info.slug)
            subject.plugin = subject.destination.stack.layers[-1].plugin
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything
        subject.load_error = error
    return subject


def _imported(info: PluginInfo) -> PluginInfo:
    """Import from the folder what is not installed."""
    name, _, attribute = info.target.partition(":")
    try:
        plugin: Any = import_module(name.strip())
        for part in filter(None, attribute.strip().split(".")):
            plugin = getattr(plugin, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginLoadError(
            f"{info.slug!r} cannot be imported ({info.target}): "
            f"{type(error).__name__}: {text_of(error)}"[:600]
        ) from error
    return PluginInfo(info.slug, info.group, info.target, plugin=plugin)


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let the packages of a project be imported from its folder, before installed ones."""
    places = [f"{place.resolve()}" for place in (folder / "src", folder) if place.is_dir()]
    before, modules = sys.path[:], set(sys.modules)
    names = {point.target.partition(":")[0].partition(".")[0] for point in _offered(folder)}
    elsewhere = [each for each in modules if each.partition(".")[0] in names]
    kept = {each: sys.modules.pop(each) for each in elsewhere}
    sys.path[:0] = places
    invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before
        for each in [each for each in sys.modules if each.partition(".")[0] in names]:
            del sys.modules[each]
        sys.modules.update(kept)
