"""Making the instance, where a plugin's own validators have the last word."""

from __future__ import annotations

import copy
from typing import Any

import attrs

from portcall.errors import SettingsError
from portcall.fields.refusals import Reason, Refused
from portcall.secret import MASK, Secret


def build(cls: type, arguments: dict[str, Any]) -> Any:
    """Make the instance, or give `Refused`: the class's own checks may have something against it.

    Args:
        cls: An attrs class.
        arguments: Typed values by the names of its ``__init__``.
    """
    instance, complaint = _attempt(cls, arguments)
    if instance is not None:
        return instance
    if not _harmless(cls, arguments, complaint):
        complaint = "the reason may show a secret and is withheld"
    return Refused((Reason(f"cannot be used: {complaint}"),))


def _harmless(cls: type, arguments: dict[str, Any], complaint: str) -> bool:
    """Return whether a plugin's own words hold no secret: they are the same without the secrets."""
    try:
        hidden = _hidden(arguments)
        return bool(hidden == arguments) or _attempt(cls, hidden)[1] == complaint
    except RecursionError:
        return False


def _attempt(cls: type, arguments: dict[str, Any]) -> tuple[Any, str]:
    try:
        return cls(**arguments), ""
    except (ValueError, TypeError, SettingsError) as error:
        return None, str(error)


def _hidden(value: Any) -> Any:
    """Put ``***`` in the place of every secret, in a copy."""
    if isinstance(value, Secret):
        return Secret(MASK)
    if isinstance(value, list | tuple):
        return type(value)(_hidden(each) for each in value)
    if isinstance(value, dict):
        return {key: _hidden(each) for key, each in value.items()}
    return _hidden_within(value) if attrs.has(type(value)) else value


def _hidden_within(value: Any) -> Any:
    twin = copy.copy(value)
    for attribute in attrs.fields(type(value)):
        inner = getattr(value, attribute.name)
        object.__setattr__(twin, attribute.name, _hidden(inner))
    return twin
