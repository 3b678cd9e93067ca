"""One call of the Segment HTTP API as the events that are in it, each complete."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from portcall_server.ingest.clock_skew import Receipt
from portcall_server.ingest.limits import MOST_EVENT_BYTES, MOST_EVENTS
from portcall_server.ingest.refusals import RefusedCallError

TYPES: Final = ("track", "identify", "group", "page", "screen", "alias")
BATCH: Final = "batch"

CALLS: Final[Mapping[str, str]] = {
    **{name: name for name in TYPES},
    # What analytics.js calls them: the first letter of the type, and b for a batch.
    **{name[0]: name for name in TYPES},
    BATCH: BATCH,
    "b": BATCH,
    "import": BATCH,
}
"""The type of event by the last part of the path; ``batch`` for several."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def events_of(
    call: str, body: Mapping[str, Any], size_bytes: int, received_at: datetime
) -> list[dict[str, Any]]:
    """Return the events of one call, each with type, messageId and its times.

    Args:
        call: One of the values of `CALLS`.
        body: As it was sent.
        size_bytes: Of the body as JSON; each event of a small one is small.
        received_at: In UTC, by the clock of this machine.

    Raises:
        RefusedCallError: An event is too large, or is none; says which by its index.
    """
    if call != BATCH:
        if size_bytes > MOST_EVENT_BYTES:
            raise _too_large("the event")
        return [_complete(call, body, {}, Receipt.at(received_at))]
    batch = body.get("batch")
    if not isinstance(batch, list) or not batch:
        raise RefusedCallError(
            400, "invalid_batch", "the body must have a list of one or more events called batch"
        )
    if len(batch) > MOST_EVENTS:
        raise RefusedCallError(
            413, "call_too_large", f"a batch may have {MOST_EVENTS:,} events; it has {len(batch):,}"
        )
    receipt = Receipt.at(received_at)
    return [
        _complete(_type_of(event, index, size_bytes), event, body, receipt)
        for index, event in enumerate(batch)
    ]


def _type_of(event: object, index: int, size_bytes: int) -> str:
    where = f"batch[{index}]"
    if not isinstance(event, dict):
        raise RefusedCallError(400, "invalid_event", f"{where} must be a JSON object")
    if size_bytes > MOST_EVENT_BYTES and _size_bytes(event) > MOST_EVENT_BYTES:
        raise _too_large(where)
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise RefusedCallError(
            400, "invalid_event", f"{where}.type must be one of {', '.join(TYPES)}"
        )
    return kind


def _size_bytes(event: Mapping[str, Any]) -> int:
    text = _encode(event)
    if len(text) > MOST_EVENT_BYTES or 4 * len(text) <= MOST_EVENT_BYTES:
        return len(text)
    return len(text.encode("utf-8", "surrogatepass"))


def _too_large(what: str) -> RefusedCallError:
    return RefusedCallError(
        413, "event_too_large", f"{what} is too large: an event may have {MOST_EVENT_BYTES:,} bytes"
    )


def _complete(
    kind: str, event: Mapping[str, Any], batch: Mapping[str, Any], receipt: Receipt
) -> dict[str, Any]:
    """Return an event as destinations expect it."""
    whole = {**event, "type": kind}
    for name in ("writeKey", "batch"):  # the key is for the way here alone
        whole.pop(name, None)
    for name in ("context", "integrations"):  # of a batch: for each event in it
        shared = batch.get(name)
        if isinstance(shared, dict) and shared:
            own = whole.get(name)
            whole[name] = {**shared, **(own if isinstance(own, dict) else {})}
    message_id = whole.get("messageId")
    if not isinstance(message_id, str) or not message_id:
        whole["messageId"] = f"portcall-{uuid4()}"
    sent_at = whole.get("sentAt") or batch.get("sentAt")
    happened = whole.get("originalTimestamp") or whole.get("timestamp")
    whole["originalTimestamp"] = happened or sent_at or receipt.text
    whole["timestamp"] = receipt.corrected(happened, sent_at)
    if sent_at:
        whole["sentAt"] = sent_at
    whole["receivedAt"] = receipt.text
    return whole
