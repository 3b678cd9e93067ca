"""Subscriptions that a destination suggests: declared, found by name, and what starts from one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from portcall.actions.fql import Subscription
from portcall.actions.mapping.compiler import CompiledMapping
from portcall.actions.mapping.validate import validate_mapping
from portcall.actions.near_names import match, near, shortened
from portcall.errors import HookError, MappingError, SettingsError, SubscriptionError
from portcall.model.opaque import EMPTY
from portcall.raised import text_of

if TYPE_CHECKING:
    from portcall.actions.action import Action


@attrs.frozen
class Preset:
    """A subscription to start from.

    Args:
        name: For people: ``"Orders"``.
        subscribe: Which events, in FQL.
        mapping: What differs from the fields' own defaults, by field name.
    """

    name: str
    subscribe: str
    mapping: Mapping[str, Any] = EMPTY


def find_preset(action: Action, name: str) -> Preset:
    """Return one of the action's presets; case, ``_``, ``-`` and blanks may differ.

    Raises:
        SettingsError: The action has no preset of that name; says what is near.
        HookError: What the action declares is not a preset.
    """
    for each in action.presets:
        if not isinstance(each, Preset):
            raise HookError(
                f"action {action.name!r}: a preset must be a Preset; one is of type {type(each).__name__}"
            )
    presets = {each.name: each for each in action.presets}
    found = match(name, presets)
    if found is not None:
        return presets[found]
    hint = near(name, list(presets))
    raise SettingsError(f"action {action.name!r} has no preset {shortened(name)}; {hint}")


def starting_from(action: Action, preset: Preset, mapping: object) -> object:
    """Return the mapping in use: *mapping* over the preset's, and that over the fields' defaults.

    Args:
        action: The preset's.
        preset: What to start from.
        mapping: What is given beside it, by field name; None for nothing.
    """
    given = mapping.source if isinstance(mapping, CompiledMapping) else mapping
    if given is not None and not isinstance(given, Mapping):
        return given
    return {**_defaults(action), **preset.mapping, **(given or {})}


def check_declared(action: Action, preset: Preset | None, *, filters: bool, maps: bool) -> None:
    """Refuse what the plugin itself declares wrongly, as far as it is in use.

    Args:
        action: The plugin's.
        preset: The preset to start from; None for the action's own filter and defaults.
        filters: The declared filter is in use.
        maps: The declared mapping is in use.

    Raises:
        HookError: Names the action, the preset, and every fault.
    """
    what = f"action {action.name!r}"
    if preset is not None:
        what += f": the preset {preset.name!r}"
    faults = list(_filter_faults(preset or action)) if filters else []
    if maps:
        faults += _default_faults(action) if preset is None else _mapping_faults(action, preset)
    if faults:
        raise HookError(f"{what} cannot be used: {'; '.join(faults)}")


def _filter_faults(declared: Action | Preset) -> list[str]:
    source = declared.subscribe
    if not isinstance(source, str):
        return [f"its filter must be FQL; it is of type {type(source).__name__}"]
    try:
        if source:
            Subscription.parse(source)
    except SubscriptionError as exc:
        return [f"its filter does not parse: {text_of(exc)}"]
    return []


def _default_faults(action: Action) -> list[str]:
    try:
        action.mapping  # noqa: B018  # compiled once, at the first use
    except MappingError as exc:
        return [f"a default mapping of its fields is invalid: {text_of(exc)}"]
    return []


def _mapping_faults(action: Action, preset: Preset) -> list[str]:
    if not isinstance(preset.mapping, Mapping):
        return [f"its mapping must be an object; it is of type {type(preset.mapping).__name__}"]
    names = [field.name for field in action.fields]
    unknown = [
        f"its mapping names no field {shortened(f'{name}')}; {near(f'{name}', names)}"
        for name in preset.mapping
        if name not in names
    ]
    problems = validate_mapping({**_defaults(action), **preset.mapping})
    return [*unknown, *(f"its mapping is invalid: {each.message}" for each in problems)]


def _defaults(action: Action) -> dict[str, Any]:
    return {f.name: f.default_mapping for f in action.fields if f.default_mapping is not None}
