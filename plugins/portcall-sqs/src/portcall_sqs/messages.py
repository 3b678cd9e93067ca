"""What an event becomes in a queue: one message, and on a FIFO queue its group and its key.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final

import attrs

from portcall import encode_json, field, path

_ID: Final = re.compile(r"[!-~]{1,128}")
GROUP: Final = "portcall"


@attrs.frozen
class Message:
    """One message."""

    body: dict[str, Any] = field(label="Body", description="Sent as JSON.", default=path("$"))
    delay_s: int | None = field(
        label="Delay",
        description="Seconds until it can be received; a FIFO queue has one delay for all.",
        default=None,
        minimum=0,
        maximum=900,
    )
    group_id: str | None = field(
        label="Group",
        description="FIFO queues keep the order within a group; without one, all are one group.",
        default=path("$.userId"),
    )
    deduplication_id: str | None = field(
        label="Deduplication ID",
        description="FIFO queues drop repeats by it within 5 minutes.",
        default=path("$.messageId"),
    )


@attrs.frozen
class Batch:
    """Several messages."""

    events: list[dict[str, Any]] = field(
        label="Events", description="Each becomes one message.", default=path("$.batch")
    )


def message_of(message: Message, *, fifo: bool) -> dict[str, Any]:
    """Write one message under the API's names."""
    body = encode_json(message.body)
    written: dict[str, Any] = {"MessageBody": body.decode()}
    if fifo:
        written["MessageGroupId"] = _id(message.group_id or GROUP)
        known = message.deduplication_id
        written["MessageDeduplicationId"] = _id(known) if known else sha256(body).hexdigest()
    elif message.delay_s is not None:
        written["DelaySeconds"] = message.delay_s
    return written


def message_of_event(event: dict[str, Any], *, fifo: bool) -> dict[str, Any]:
    """Write one event of a batch."""
    group, key = event.get("userId"), event.get("messageId")
    message = Message(
        body=event,
        group_id=f"{group}" if group else None,
        deduplication_id=f"{key}" if key else None,
    )
    return message_of(message, fifo=fifo)


def _id(text: str) -> str:
    """Return *text*, or its hash if SQS would not take it as an id."""
    return text if _ID.fullmatch(text) else sha256(encode_json(text)).hexdigest()
