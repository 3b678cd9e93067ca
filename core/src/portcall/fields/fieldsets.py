"""Composing the classes of several layers into the one class of a connection's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from portcall.errors import HookError
from portcall.fields.conditions import ModeIs, parts_of, read
from portcall.fields.declaring import NAMED
from portcall.fields.plans import default_of
from portcall.fields.shapes import attrs_class, place, resolved


@attrs.frozen
class Nothing:
    """The settings of a stack that asks for none."""


def compose(classes: Sequence[type]) -> type:
    """Make one class that holds the fields of all.

    Args:
        classes: attrs classes, weakest first: core, extras, scheme, destination.

    Returns:
        A frozen, slotted, keyword-only attrs class below the strongest one, so that its methods work.
        The fields of weaker classes come first; a stronger class redefines one by name where it
        stands, and ``init=False`` takes it out of the form at its default.

    Raises:
        HookError: One of them is not an attrs class, or its annotations cannot be resolved; or a condition
            names a sync mode, which settings do not have.
    """
    union: dict[str, attrs.Attribute[Any]] = {}
    for cls in classes:
        for attribute in _attributes(cls):
            _require_no_sync_mode(cls, attribute)
            union[attribute.name] = attribute
    strongest = classes[-1] if classes else Nothing
    made = attrs.make_class(
        strongest.__name__,
        {},
        bases=(strongest,),
        frozen=True,
        slots=True,
        kw_only=True,
        order=False,
        collect_by_mro=True,
        field_transformer=lambda _cls, _fields: list(union.values()),
    )
    made.__module__, made.__qualname__ = strongest.__module__, strongest.__qualname__
    return made


def _require_no_sync_mode(cls: type, attribute: attrs.Attribute[Any]) -> None:
    said = attribute.metadata.get(NAMED)
    where = place(cls, attribute.name)
    for condition in () if said is None else (said.depends_on, said.required):
        if isinstance(condition, Mapping) and any(
            isinstance(asked, ModeIs) for asked in parts_of(read(condition, where))
        ):
            raise HookError(
                f"{where}: settings have no sync mode; only the payload of an action has one"
            )


def _attributes(cls: type) -> list[attrs.Attribute[Any]]:
    return [_standing_alone(cls, attribute) for attribute in attrs.fields(attrs_class(cls))]


def _standing_alone(cls: type, attribute: attrs.Attribute[Any]) -> attrs.Attribute[Any]:
    """Make an attribute independent of the module and the kind of class it was declared in."""
    return attribute.evolve(
        type=resolved(cls, attribute) if attribute.init else attribute.type,
        default=default_of(cls, attribute),
        kw_only=True,
        inherited=False,
        on_setattr=None,
    )
