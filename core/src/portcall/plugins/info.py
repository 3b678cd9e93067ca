"""One plugin before it is loaded, and its import."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from portcall._version import __version__
from portcall.errors import PluginLoadError
from portcall.plugins.distributions import header, read
from portcall.raised import text_of

if TYPE_CHECKING:
    from portcall.plugins.metadata import Metadata

_UNKNOWN: Final = "unknown"
_PLAIN: Final = re.compile(r"[\w.]+(:\w+(\.\w+)*)?")
_RUNNING: Final[dict[str, str]] = {}
"""The version whose code this process runs, by the module that an entry point names."""


def missing(exc: BaseException) -> str:
    """Return the advice to install the distribution of this project whose module is missing, if one is."""
    from portcall.plugins.published import distribution_of_module  # noqa: PLC0415  # for advice only

    absent = exc.name if isinstance(exc, ModuleNotFoundError) else None
    distribution = distribution_of_module(absent or "")
    return f"; try: pip install {distribution}" if distribution else ""


@attrs.frozen(slots=False)
class PluginInfo:
    """A plugin before it is loaded: what its distribution says of it. Made by `Host.destinations`.

    Args:
        slug: The entry point's name; what people type.
        group: ``portcall.destinations``, ``portcall.schemes``, ``portcall.extras`` or ``portcall.commands``.
        target: ``module`` or ``module:attribute``.
        origin: The distribution; None for a plugin that was handed over in code.
        plugin: That plugin; None for one that is installed.
    """

    slug: str
    group: str
    target: str
    origin: Metadata | None = attrs.field(default=None, eq=False, repr=False)
    plugin: object = attrs.field(default=None, repr=False)

    @cached_property
    def distribution(self) -> str:
        """Name of the distribution, ``"unknown distribution"`` if it has none; a file's path."""
        if isinstance(self.plugin, Path):
            return f"{self.plugin}"
        if self.origin is None:
            return "this program"
        return header(self.origin, "Name") or f"{_UNKNOWN} distribution"

    @property
    def installed_version(self) -> str:
        """Version of the distribution as it is on disk now, or ``"unknown version"``."""
        if self.origin is None:
            return ""
        return header(self.origin, "Version") or f"{_UNKNOWN} version"

    @property
    def version(self) -> str:
        """Version whose code this process runs: where it was upgraded meanwhile, the one before."""
        return _running(self) or self.installed_version

    @property
    def source(self) -> str:
        """Distribution and version, for messages: ``portcall-acme 0.1.0``."""
        source = f"{self.distribution} {self.version}".rstrip()
        if self.version == self.installed_version:
            return source
        return f"{source}, and {self.installed_version} was installed since: restart this program"

    def load(self) -> object:
        """Import what the entry point names.

        Raises:
            PluginLoadError: The distribution needs another portcall, or the import failed, whatever it
                raised, ``SystemExit`` included.
        """
        if self.plugin is not None:
            return self.plugin
        self._check_requirements()
        remember_if_running(self)
        module = _module(self)
        is_new = module not in sys.modules
        try:
            plugin = _named(self)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            raise PluginLoadError(
                f"{self.slug!r} from {self.source} cannot be imported ({self.target}): "
                f"{type(exc).__name__}: {text_of(exc)}"[:600]
                + missing(exc)
            ) from exc
        if is_new:
            _RUNNING[module] = self.installed_version
        return plugin

    def _check_requirements(self) -> None:
        if self.origin is None:
            return
        try:
            requirements = self.origin.requires or ()
        except Exception:  # noqa: BLE001  # metadata that cannot be read asks for nothing
            return
        from portcall.plugins.requirements import unmet  # noqa: PLC0415  # not before one is loaded

        versions = unmet(requirements, __version__)
        if not versions:
            return
        raise PluginLoadError(
            f"{self.slug!r} from {self.source} needs portcall {versions}, and this is portcall "
            f"{__version__}; {self._remedy(versions)}"
        )

    def _remedy(self, versions: str) -> str:
        """Return what makes plugin and portcall fit: the restart of a program, or an upgrade."""
        from importlib_metadata import PackageNotFoundError, version  # noqa: PLC0415  # for advice only

        from portcall.plugins.versions import admits, lower_bounds  # noqa: PLC0415

        with suppress(PackageNotFoundError):
            there = version("portcall")
            if there != __version__ and admits(versions, there):
                return f"portcall {there} is installed: restart this program"
        is_older = not admits(lower_bounds(versions), __version__)
        return f"try: pip install --upgrade {'portcall' if is_older else self.distribution}"


def _named(info: PluginInfo) -> object:
    """Import the object that an entry point names."""
    module, _, attribute = info.target.partition(":")
    if not _PLAIN.fullmatch(info.target):  # with extras, or no reference at all
        from importlib_metadata import EntryPoint  # noqa: PLC0415

        return EntryPoint(info.slug, info.target, info.group).load()
    found = import_module(module)
    return attrgetter(attribute)(found) if attribute else found


def is_named(info: PluginInfo) -> bool:
    """Return whether the distribution of *info* says its name."""
    return not info.distribution.startswith(_UNKNOWN)


def is_gone(info: PluginInfo) -> bool:
    """Return whether the metadata that was found is there no more, after an upgrade, say."""
    return info.origin is not None and not read(info.origin, "entry_points.txt")


def remember_if_running(info: PluginInfo) -> None:
    """Take the version on disk for that of a module that the program imported by itself."""
    module = _module(info)
    if module in sys.modules and module not in _RUNNING:
        _RUNNING[module] = info.installed_version


def _running(info: PluginInfo) -> str:
    """Return the version that this process has imported; empty if it has not imported the plugin yet."""
    return _RUNNING.get(_module(info), "") if _module(info) in sys.modules else ""


def _module(info: PluginInfo) -> str:
    return info.target.partition(":")[0].strip()
