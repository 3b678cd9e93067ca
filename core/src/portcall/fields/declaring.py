"""Declaring one field: an attrs field that also says what a person sees of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

import attrs

from portcall.fields.conditions import Condition

NAMED: Final = "portcall.field"
"""The one key in an attrs field's metadata that is ours; its value is a `Said`."""


class Dynamic(Enum):
    """The type of `dynamic`, so that a type checker can tell it from a list of choices."""

    DYNAMIC = "dynamic"


dynamic: Final = Dynamic.DYNAMIC
"""Said as ``choices=dynamic``: an action fetches the choices from the destination at run time."""


@attrs.frozen(kw_only=True, eq=False)
class Said:
    """What a plugin's author wrote about one field; see `field` for each entry."""

    label: str
    description: str = ""
    default: Any = attrs.Factory(lambda: attrs.NOTHING)
    default_mapping: Any = None
    choices: Sequence[object] | Dynamic | None = None
    format: str | None = None
    placeholder: str = ""
    multiple: bool | None = None
    depends_on: Condition | None = None
    required: bool | Condition | None = None
    minimum: float | None = None
    maximum: float | None = None
    category: str = ""


def field(
    *,
    label: str,
    description: str = "",
    default: Any = attrs.NOTHING,
    choices: Sequence[object] | Dynamic | None = None,
    format: str | None = None,  # noqa: A002  (the word of JSON Schema)
    placeholder: str = "",
    multiple: bool | None = None,
    depends_on: Condition | None = None,
    required: bool | Condition | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    category: str = "",
    init: bool = True,
) -> Any:
    """Declare one input of an attrs class: settings, or the payload of an action.

    The type comes from the annotation: ``str``, ``int``, ``float``, ``bool``, ``datetime``, ``date``,
    `Secret`, ``Any``, ``Literal["a", "b"]``, an attrs class, ``dict[str, X]``, ``list[X]``,
    ``tuple[X, ...]``, and ``X | None`` for what may be left out. ``choices``, ``format``, ``minimum``
    and ``maximum`` of a list speak of its items.

    Args:
        label: What a person calls it; every error about it starts with this.
        description: Where to find the value, as a sentence.
        default: Taken when nothing is given; a list or dict is copied for each instance. A mapping
            directive (anything with ``to_json()``) says how an action fills the field from an event.
        choices: Values, or pairs of value and label; `dynamic` where an action lists them.
        format: A named format of text, such as ``"hostname-label"``; ``"text"`` allows several lines.
        placeholder: An example to show in an empty box; never used as a value.
        multiple: Said of ``Any`` only: True makes it a list. An annotation says so by itself.
        depends_on: The field counts only while other fields have these values, such as
            ``{"flow": ["code", "device"]}``; until then it is neither required nor checked, and has its
            default, or None. `is_not` and `any_of` make further conditions; in a payload,
            ``"@sync_mode"`` stands for the action's sync mode.
        required: False, True, or the condition under which it is; left out, a field is required if it
            has no default and its annotation does not allow None.
        minimum: The least number allowed, included.
        maximum: The greatest number allowed, included.
        category: The heading it belongs under, where there are many.
        init: False takes the field out of the form; it then always has its default.

    Returns:
        A keyword-only attrs field. Typed as Any so that ``port: int = field(...)`` holds for mypy.

    Example::

        @attrs.frozen
        class Settings:
            subdomain: str = field(label="Subdomain", format="hostname-label")
            port: int = field(label="Port", default=443, minimum=1, maximum=65535)
    """
    mapped = _is_mapping(default)
    said = Said(
        label=label,
        description=description,
        default=attrs.NOTHING if mapped else default,
        default_mapping=default if mapped else None,
        choices=choices,
        format=format,
        placeholder=placeholder,
        multiple=multiple,
        depends_on=depends_on,
        required=required,
        minimum=minimum,
        maximum=maximum,
        category=category,
    )
    # Keyword-only, so that a required field may follow one with a default.
    kept = _safe(said.default)
    return attrs.field(default=kept, init=init, kw_only=True, metadata={NAMED: said})


def _is_mapping(default: object) -> bool:
    """Return whether a default is a mapping directive, by its method: fields know nothing of actions."""
    return not isinstance(default, type) and callable(getattr(default, "to_json", None))


def _safe(default: Any) -> Any:
    """Make sure that no two instances share a default that can change."""
    try:
        hash(default)
    except TypeError:
        return attrs.Factory(lambda: copy.deepcopy(default))
    return default
