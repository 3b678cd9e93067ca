"""Make the extras that a project configures, from the classes that installed distributions offer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from portcall.actions.near_names import near
from portcall.errors import SettingsError
from portcall.plugins.catalog import survey


def configured_extras(
    wanted: Mapping[str, Mapping[str, Any]], where: Callable[..., str]
) -> tuple[object, ...]:
    """Return the extras of a project: an instance where there are settings, else the name.

    Args:
        wanted: Settings by the names of extras, which may be empty.
        where: Returns how an error names an entry of ``extras``.

    Raises:
        UnknownPluginError: No installed distribution has an extra of that name.
        SettingsError: It takes no such settings, or not these values.
    """
    found = survey("extras")["extras"] if wanted else {}
    extras: list[object] = []
    for name, settings in wanted.items():
        info = found[name]
        extras.append(_made(info.load(), name, settings, where) if settings else name)
    return tuple(extras)


def _made(
    plugin: object, extra: str, settings: Mapping[str, Any], where: Callable[..., str]
) -> object:
    kind = type(plugin)
    known = {} if inspect.ismodule(plugin) else inspect.signature(kind).parameters
    plain = [
        name
        for name, parameter in known.items()
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
        and not callable(parameter.default)  # a clock is for programs
    ]
    for name in settings:
        if name not in plain:
            place = where("extras", extra, name)
            raise SettingsError(f"{place}: it has no such setting; {near(name, plain)}")
    try:
        return kind(**settings)
    except (AttributeError, TypeError, ValueError, SettingsError) as exc:
        raise SettingsError(f"{where('extras', extra)}: {exc}") from None
