"""The events of a task, put into the outbox: none is lost, whatever is wrong with it or with its task."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from portcall import OutboxError, OutboxEventError, PortcallError
from portcall.outbox import Outbox
from portcall.store.authors import StoreBusyError, StoreUnavailableError

_logger: Final = logging.getLogger("portcall.celery")


@attrs.frozen
class Kept:
    """What was put.

    Args:
        ids: Of the events in the outbox.
        refused: Why an event cannot be kept at all, for each that cannot.
    """

    ids: Sequence[int]
    refused: Sequence[str] = ()

    def raise_for_refused(self) -> None:
        """Raise `OutboxEventError` if there are events that cannot be kept; the others are."""
        if self.refused:
            raise OutboxEventError("; ".join(self.refused))


def put(
    outbox: Outbox,
    connection: str,
    action: str,
    events: Sequence[Mapping[str, Any]],
    task_id: str | None,
    options: Mapping[str, Any],
) -> Kept:
    """Put events into the outbox; the same ones again when their task is done again.

    Events of a connection, an action or a mapping that cannot work are put, too: workers make dead letters
    of them, with the reason, and an operator can correct and retry these.

    Raises:
        OutboxError: The outbox is full or cannot be used; no event was put.
        StoreError: The store cannot be used.
    """
    named = [_named(event, task_id, number) for number, event in enumerate(events)]
    try:
        return _put(outbox, connection, action, named, options)
    except (OutboxError, StoreBusyError, StoreUnavailableError):
        raise
    except PortcallError as exc:
        _logger.warning("%s: its events are kept, but cannot be delivered: %s", connection, exc)
    return _put(Outbox(outbox.storage), connection, action, named, options)


def _put(
    outbox: Outbox, connection: str, action: str, events: Sequence[Any], options: Mapping[str, Any]
) -> Kept:
    try:
        return Kept(outbox.put_many(connection, action, events, **options))
    except OutboxEventError:
        if len(events) == 1:
            raise
    ids: list[int] = []
    refused: list[str] = []
    for number, event in enumerate(events):
        try:
            ids.append(outbox.put(connection, action, event, **options))
        except OutboxEventError as exc:
            refused.append(str(exc).replace("event 0", f"event {number}", 1))
    return Kept(ids, refused)


def states_of(outbox: Outbox, ids: Sequence[int]) -> dict[str, int]:
    """Return how many of these events are in which state."""
    entries = (outbox.entry(each) for each in ids)
    return dict(Counter("forgotten" if each is None else each.state for each in entries))


def _named(event: Any, task_id: str | None, number: int) -> Any:
    """Return an event with a ``messageId``, by which the outbox knows it when its task is done again."""
    if not isinstance(event, Mapping) or event.get("messageId") or task_id is None:
        return event
    return {**event, "messageId": f"{task_id}-{number}"}
