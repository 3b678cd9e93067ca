"""Points, and the lines that they are written as.

https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from portcall import field, path

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LINE_ENDS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_IN_NAMES: Final = str.maketrans({**_LINE_ENDS, ",": "\\,", " ": "\\ "})
_IN_KEYS: Final = str.maketrans({**_LINE_ENDS, ",": "\\,", " ": "\\ ", "=": "\\="})
_IN_TEXTS: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


@attrs.frozen
class Point:
    """What a point is made of."""

    measurement: str = field(label="Measurement", default=path("$.event"))
    fields: dict[str, Any] = field(
        label="Fields",
        description="Numbers are written as floats, objects and lists as JSON; null is left out.",
        default=path("$.properties"),
    )
    tags: dict[str, Any] | None = field(
        label="Tags",
        description="What points are looked up by: few values each.",
        default=None,
    )
    time: datetime | None = field(
        label="Time",
        description="The server's own, if it is left out.",
        default=path("$.timestamp"),
    )

    def __attrs_post_init__(self) -> None:
        if not self.measurement.strip():
            raise ValueError("a point needs a measurement")
        if not any(value is not None for value in self.fields.values()):
            raise ValueError("a point needs at least one field with a value")

    def line(self) -> str:
        """Return the point as a line, its time in microseconds."""
        head = self.measurement.translate(_IN_NAMES)
        tags = sorted((self.tags or {}).items())
        kept = ((name, _tag(value)) for name, value in tags if value is not None)
        head += "".join(f",{_key(name)}={value}" for name, value in kept if value)
        fields = sorted((name, value) for name, value in self.fields.items() if value is not None)
        body = ",".join(f"{_key(name)}={_value(value)}" for name, value in fields)
        if self.time is None:
            return f"{head} {body}"
        return f"{head} {body} {(self.time - _EPOCH) // timedelta(microseconds=1)}"


@attrs.frozen
class Count:
    """An event that is counted."""

    measurement: str = field(label="Measurement", default="events")
    event: str = field(label="Event", description="Becomes a tag.", default=path("$.event"))
    type: str | None = field(label="Type", description="Becomes a tag.", default=path("$.type"))
    tags: dict[str, Any] | None = field(
        label="More tags",
        description="What points are looked up by: few values each.",
        default=None,
    )
    message_id: str | None = field(
        label="Message ID",
        description="A field, by which two events of the same time stay apart.",
        default=path("$.messageId"),
    )
    time: datetime | None = field(label="Time", default=path("$.timestamp"))

    def point(self) -> Point:
        """Return the point that counts the event."""
        fields: Mapping[str, Any] = {"value": 1, "message_id": self.message_id}
        tags = {"type": self.type, **(self.tags or {}), "event": self.event}
        return Point(measurement=self.measurement, fields=dict(fields), tags=tags, time=self.time)

    def line(self) -> str:
        """Return the line of that point."""
        return self.point().line()


def _key(name: str) -> str:
    return _ended(name.translate(_IN_KEYS))


def _tag(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _ended(text.translate(_IN_KEYS))


def _ended(text: str) -> str:
    """Keep a backslash at the end from what stands behind: a space, as the vendor's client has it."""
    return f"{text} " if text.endswith("\\") else text


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(float(value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'"{text.translate(_IN_TEXTS)}"'
