"""Plugins that are files of a program's own: a Python module that no distribution installs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from portcall.errors import PluginLoadError
from portcall.plugins.info import missing
from portcall.raised import text_of

PREFIX = "portcall_"


def slug_of(path: Path) -> str:
    """Return the slug of a file's name: ``acme-eu`` of ``portcall_acme_eu.py`` and ``acme-eu.py``."""
    return path.stem.removeprefix(PREFIX).replace("_", "-").lower()


def load_python_file(path: Path) -> object:
    """Run a Python file as a module of its own, which is not importable by name.

    Raises:
        PluginLoadError: The file cannot be read or run, whatever it raised.
    """
    name = f"portcall_file_{slug_of(path).replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginLoadError(f"{path} cannot be loaded: a plugin's file ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are resolved through it
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as exc:
        sys.modules.pop(name, None)
        raise PluginLoadError(
            f"{path} cannot be loaded: {type(exc).__name__}: {text_of(exc)}"[:600] + missing(exc)
        ) from exc
    return module
