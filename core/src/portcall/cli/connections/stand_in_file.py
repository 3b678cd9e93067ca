"""A host whose destinations are played by a file on this machine: ``--stand-in``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from portcall.cli.terminal.output import quiet
from portcall.errors import PluginLoadError, SettingsError
from portcall.host import Host
from portcall.plugins.files import load_python_file
from portcall.raised import text_of

FUNCTION = "stand_in"


def stand_in_host(path: str, **options: Any) -> Host:
    """Make a host, and let a file lead the hosts of destinations to peers on this machine.

    Args:
        path: A Python file with a function ``stand_in`` that takes a `portcall.testing.StandInHost`.
        options: As those of `StandInHost`.

    Raises:
        SettingsError: The file has no such function, or cannot be run; names the file.
    """
    host: Host = import_module("portcall.testing").StandInHost(**options)
    try:
        with quiet():
            _function_of(path)(host)
    except BaseException as exc:
        host.close()
        if isinstance(exc, SettingsError) or not isinstance(exc, Exception):
            raise
        said = f"{type(exc).__name__}: {text_of(exc)}"
        raise SettingsError(f"--stand-in: {path}, {FUNCTION}(host) raised {said}") from exc
    return host


def _function_of(path: str) -> Any:
    try:
        module = load_python_file(Path(path))
    except PluginLoadError as exc:
        raise SettingsError(f"--stand-in: {exc}") from exc
    function = getattr(module, FUNCTION, None)
    if not callable(function):
        raise SettingsError(f"--stand-in: {path} has no function {FUNCTION}(host)")
    return function
