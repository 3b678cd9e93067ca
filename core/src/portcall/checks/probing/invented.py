"""Payloads and events made up after the fields of an action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from portcall.actions.action import Action
from portcall.checks.samples import BY_FORMAT
from portcall.fields import Field
from portcall.fields.formats import FORMATS

_AROUND: Final = {"email": "{}@example.com", "uri": "https://example.com/{}"}
"""Formats that take nearly any text in one part."""
_AUDIENCE: Final = "sample_audience"
_BY_KIND: Final[Mapping[str, object]] = {
    "boolean": True,
    "datetime": "2026-05-01T12:00:00Z",
    "date": "2026-05-01",
}


def event_of(
    payload: Mapping[str, Any], number: int, *, kind: str = "track", leaves: bool = False
) -> dict[str, Any]:
    """Return an event around a payload, as a source would send it.

    Args:
        payload: What the action is to take.
        number: Tells this event from others.
        kind: Its type.
        leaves: Its user left the audience that the event is about, rather than entered it.
    """
    return {
        "type": kind,
        "event": "Order Completed",
        "messageId": f"message-{number}",
        "userId": f"user-{number}",
        "anonymousId": f"visitor-{number}",
        "timestamp": "2026-05-01T12:00:00Z",
        "properties": {"id": f"order-{number}", _AUDIENCE: not leaves},
        "traits": {"email": f"ada{number}@example.com", _AUDIENCE: not leaves},
        "context": {"personas": {"computation_key": _AUDIENCE}},
        "payload": dict(payload),
    }


def mapping_of(action: Action) -> dict[str, Any]:
    """Return the mapping that takes an action's payload out of `event_of`."""
    return {field.name: {"@path": f"$.payload.{field.name}"} for field in action.fields}


def payload_of(action: Action, number: int, *, full: bool = True) -> dict[str, Any]:
    """Make up a payload.

    Args:
        action: Whose fields are filled.
        number: Which event it is for: texts differ from event to event, but in fields that batches are
            grouped by.
        full: Fill optional fields, too.
    """
    keys = action.batching.keys if action.batching is not None else ()
    return {
        field.name: value_of(field, 0 if field.name in keys else number)
        for field in action.fields
        if _is_filled(field, full=full)
    }


def _is_filled(field: Field, *, full: bool) -> bool:
    if field.required or field.required_if is not None:
        return True
    return full and (field.default is attrs.NOTHING or field.default is None)


def value_of(field: Field, number: int) -> Any:
    """Make up a value that the field takes."""
    if isinstance(field.choices, tuple):
        value: object = field.choices[0][0]
        return [value] if field.multiple else value
    if field.kind == "list":
        return [value_of(field.item, number)] if field.item else [f"text-{number}"]
    if field.kind == "object" and field.fields:
        return {each.name: value_of(each, number) for each in field.fields}
    if field.kind == "object":
        inner = value_of(field.item, number) if field.item else f"text-{number}"
        return {"sample": inner}
    return _scalar(field, number)


def _scalar(field: Field, number: int) -> object:
    if field.kind in {"integer", "number"}:
        low, high = field.minimum, field.maximum
        return low if low is not None else high if high is not None else 1
    if field.format == "email":
        return f"ada{number}@example.com"
    if field.format in BY_FORMAT:
        return BY_FORMAT[field.format]
    return _BY_KIND.get(field.kind, field.placeholder or f"text-{number}")


def texts_in(value: object) -> Iterator[str]:
    """Return every text in a payload or an event."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


def with_text(field: Field, value: Any, text: str) -> Any:
    """Return *value* with *text* wherever the field takes free text; the same value if it takes none."""
    if isinstance(field.choices, tuple) or field.format not in {None, "text", *_AROUND}:
        return value
    if field.format in _AROUND and isinstance(value, str):
        formatted = _AROUND[field.format].format(text)
        return formatted if FORMATS[field.format].accepts(formatted) else value
    if field.kind in {"string", "any"} and isinstance(value, str):
        return text
    return _inside(field, value, text)


def _inside(field: Field, value: Any, text: str) -> Any:
    if field.kind == "list" and field.item is not None:
        return [with_text(field.item, each, text) for each in value]
    if field.kind == "object" and field.fields:
        named = {each.name: each for each in field.fields}
        return {name: with_text(named[name], each, text) for name, each in value.items()}
    if field.kind == "object" and isinstance(value, Mapping):
        return {name: text if isinstance(each, str) else each for name, each in value.items()}
    return value
