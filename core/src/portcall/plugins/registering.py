"""Put one plugin into a plugin manager, or say exactly why it cannot be."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from difflib import get_close_matches
from types import ModuleType
from typing import Final, NoReturn

import pluggy

from portcall.errors import PluginLoadError
from portcall.plugins.layers import Layer
from portcall.raised import text_of

_ELSEWHERE: Final = {
    "test_request": "test_authentication",
    "test_connection": "test_authentication",
    "check_authentication": "test_authentication",
    "authenticate": "test_authentication",
    "fields": "auth_fields",
    "settings": "auth_fields",
    "authentication_fields": "auth_fields",
    "authentication_scheme": "auth_scheme",
    "scheme": "auth_scheme",
    "hosts": "allowed_hosts",
    "prepare_request": "extend_request",
    "refresh_token": "refresh_access_token",
    "perform": "actions",
    "perform_batch": "actions",
    "on_delete": "actions",
}
"""Hooks by the names that they have elsewhere."""


def register(manager: pluggy.PluginManager, layer: Layer, *, strict: bool) -> None:
    """Register *layer* with *manager*, after the hookspecs that it brings, if it is a scheme.

    Args:
        manager: The destination's own.
        layer: The next stronger one.
        strict: Refuse hooks that no layer so far declares.

    Raises:
        PluginLoadError: It is a class, misspells a hook, asks for an argument that the hook does not
            have, orders itself, or cannot be looked at.
    """
    if isinstance(layer.plugin, type):
        _fail(layer, "is a class: let the entry point name a module or an instance")
    try:
        if layer.kind == "scheme" and isinstance(layer.plugin, ModuleType):
            _add_hookspecs(manager, layer.plugin)
        manager.register(layer.plugin, layer.key)
        for fault in _faults(manager, layer, strict=strict):
            _fail(layer, fault)
    except PluginLoadError:
        raise
    except Exception as exc:  # a plugin object may do anything when it is looked at
        raise PluginLoadError(f"{_name(layer)} cannot be registered: {text_of(exc)}") from exc


def _faults(manager: pluggy.PluginManager, layer: Layer, *, strict: bool) -> Iterator[str]:
    """What pluggy lets pass and portcall does not."""
    for caller in manager.get_hookcallers(layer.plugin) or ():
        for impl in caller.get_hookimpls():
            if impl.plugin_name != layer.key:
                continue
            if strict and caller.spec is None and not impl.optionalhook:
                yield f"implements an unknown hook {caller.name!r}{_meant(manager, caller.name)}"
            if impl.tryfirst or impl.trylast:
                yield f"orders {caller.name} with tryfirst or trylast: layers have a fixed order"
            if inspect.iscoroutinefunction(impl.function):
                yield f"has an async {caller.name}: hooks are plain functions"


def _meant(manager: pluggy.PluginManager, name: str) -> str:
    known = [n for n, caller in vars(manager.hook).items() if caller.spec is not None]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    near = [_ELSEWHERE[snake]] if snake in _ELSEWHERE else get_close_matches(snake, known, n=1)
    return f": did you mean {near[0]!r}?" if near else ""


def _add_hookspecs(manager: pluggy.PluginManager, scheme: ModuleType) -> None:
    """Let a scheme bring hooks of its own; pluggy minds a module that has none."""
    if any(manager.parse_hookspec_opts(scheme, name) for name in dir(scheme)):
        manager.add_hookspecs(scheme)


def _fail(layer: Layer, fault: str) -> NoReturn:
    raise PluginLoadError(f"{_name(layer)} {fault}")


def _name(layer: Layer) -> str:
    return f"{layer.kind} {layer.name!r} ({layer.source})"
