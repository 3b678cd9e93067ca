"""What each call of the tracking API takes, and how it is read from an event of Segment's own shape.

https://segment.com/docs/connections/spec/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import uuid4

import attrs

from portcall import field, path


@attrs.frozen
class Common:
    """What every call has; one of the two ids is needed."""

    user_id: str | None = field(
        label="User ID",
        description="Needed where there is no anonymous ID.",
        default=path("$.userId"),
        required={"anonymous_id": None},
    )
    anonymous_id: str | None = field(label="Anonymous ID", default=path("$.anonymousId"))
    message_id: str | None = field(
        label="Message ID",
        description="Segment drops repeats by it; unique, shorter than 100 characters.",
        default=path("$.messageId"),
    )
    timestamp: datetime | None = field(
        label="Timestamp",
        description="When it happened; without it, when it arrives.",
        default=path("$.timestamp"),
    )
    context: dict[str, Any] | None = field(label="Context", default=path("$.context"))
    integrations: dict[str, Any] | None = field(
        label="Integrations", default=path("$.integrations")
    )


@attrs.frozen
class Track(Common):
    """POST /v1/track."""

    event: str = field(label="Event name", default=path("$.event"))
    properties: dict[str, Any] | None = field(label="Properties", default=path("$.properties"))


@attrs.frozen
class Identify(Common):
    """POST /v1/identify."""

    traits: dict[str, Any] | None = field(label="Traits", default=path("$.traits"))


@attrs.frozen
class Group(Common):
    """POST /v1/group."""

    group_id: str = field(label="Group ID", default=path("$.groupId"))
    traits: dict[str, Any] | None = field(label="Traits", default=path("$.traits"))


@attrs.frozen
class Page(Common):
    """POST /v1/page."""

    name: str | None = field(label="Page name", default=path("$.name"))
    category: str | None = field(label="Category", default=path("$.category"))
    properties: dict[str, Any] | None = field(label="Properties", default=path("$.properties"))


@attrs.frozen
class Screen(Common):
    """POST /v1/screen."""

    name: str | None = field(label="Screen name", default=path("$.name"))
    category: str | None = field(label="Category", default=path("$.category"))
    properties: dict[str, Any] | None = field(label="Properties", default=path("$.properties"))


@attrs.frozen
class Alias(Common):
    """POST /v1/alias."""

    user_id: str = field(label="User ID", default=path("$.userId"))
    previous_id: str = field(label="Previous ID", default=path("$.previousId"))


@attrs.frozen
class Batch:
    """POST /v1/batch."""

    batch: list[dict[str, Any]] = field(
        label="Calls",
        description="Each as its own call takes it, with its `type`.",
        default=path("$.batch"),
    )


def wire(payload: Common, key: str = "") -> dict[str, Any]:
    """Write a payload under the API's own names: ``user_id`` as ``userId``; without what is None.

    Args:
        payload: One call.
        key: Its message ID, if it has none; Segment drops repeats by it.
    """
    call: Any = type(payload)
    names, values = _names(call)
    named = {
        name: value for name, value in zip(names, values(payload), strict=True) if value is not None
    }
    if not payload.message_id:
        named.pop("messageId", None)
        if key:
            named["messageId"] = key
    return named


def batched(call: str, payload: Common) -> dict[str, Any]:
    """Write a payload as one call of a batch, where it has a message ID in any case."""
    return {"type": call, **wire(payload, "" if payload.message_id else str(uuid4()))}


@cache
def _names(call: Any) -> tuple[list[str], Callable[[Common], tuple[Any, ...]]]:
    """Return the names that the attributes of a call have in the API, and what reads them all."""
    names = [each.name for each in attrs.fields(call)]
    return [_camel(name) for name in names], attrgetter(*names)


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
