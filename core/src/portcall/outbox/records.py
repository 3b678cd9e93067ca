"""What goes into an outbox and what comes out of it: frozen values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

State: TypeAlias = Literal[
    "waiting", "under_way", "delivered", "skipped", "rejected", "uncertain", "dead"
]

STATES: Final[tuple[State, ...]] = get_args(State)

OUTCOMES: Final = ("delivered", "skipped", "retry", "rejected", "reauthorize", "uncertain", "dead")
"""What can have become of an event; ``retry`` and ``reauthorize`` are those of events that wait again."""

DEAD_LETTERS: Final[tuple[State, ...]] = ("rejected", "uncertain", "dead")
"""Events that will not be delivered as they are, kept until an operator retries or drops them."""

SEPARATOR: Final = ",\n"
"""Stands between the events of a claim, where they can be told apart by it without being read."""

MOST_LOST: Final = 5
"""An event is a dead letter when so many claims with it were lost, as it may be what ends its workers."""

LEASE_OVER: Final = (
    "the lease of its worker ended while it was being sent; it may have been applied"
)
"""Why an event is uncertain that was being sent when the lease of its claim expired."""

_SHRINK: Final = 16


def most_of(lost: int, most: int) -> int:
    """Return how many events may be claimed together when each of them was in so many claims that were lost.

    Fewer each time, down to one: only the event that ends its workers is in every claim that is lost.

    Args:
        lost: How many claims with each of the events were lost.
        most: How many may be claimed together if none was.
    """
    return max(1, most // int(_SHRINK**lost))


def lost_reason(lost: int) -> str:
    """Return why an event is a dead letter that was in so many claims that were lost."""
    return (
        f"{lost} workers ended, or were cut off, while they had it: it may be what ends them, and it may "
        "have been applied"
    )


@attrs.frozen(kw_only=True)
class Lane:
    """The events that may share a batch: one connection, one action, one plan, one pipeline.

    Args:
        connection: The name of a stored connection.
        action: The name of one of its destination's actions.
        plan: JSON of what else `portcall.delivery.Plan` is made of; the same text for the same plan.
        pipeline: The name of the pipeline that the events came through; empty if none.
    """

    connection: str
    action: str
    plan: str = "{}"
    pipeline: str = ""


@attrs.frozen(kw_only=True)
class NewEvent:
    """One event to keep.

    Args:
        data: The event as JSON.
        message_id: What a second event within the window is recognized by; None for an event that is always
            kept.
        ordering_key: Events of one connection with the same key are delivered in the order of their puts.
        due_us: Microseconds since the epoch, on the outbox's clock; None for the instant of the put.
    """

    data: str
    message_id: str | None = None
    ordering_key: str | None = None
    due_us: int | None = None


@attrs.frozen(kw_only=True)
class Bounds:
    """What an outbox holds at most, and for how long.

    Args:
        events: Events that wait, are under way or are dead letters.
        size_bytes: Their bytes as JSON, with the last requests of dead letters and their answers.
        event_bytes: The bytes of one event.
        window_s: An event with the ``messageId`` of another one of the same connection, action and pipeline
            that was put within so many seconds is not kept again; 0 to keep all.
        retention_s: Seconds for which it is remembered that an event was delivered or skipped; at least the
            window.
    """

    events: int = 5_000_000
    size_bytes: int = 8 << 30
    event_bytes: int = 1 << 20
    window_s: float = 86_400.0
    retention_s: float = 7 * 86_400.0

    @property
    def exchange_bytes(self) -> int:
        """While the outbox holds fewer bytes, it keeps the last requests of dead letters: events go first."""
        return self.size_bytes // 2


@attrs.frozen
class ReadyLane:
    """A lane with events that are due.

    Args:
        id: Of the lane, in its storage.
        lane: What its events have in common.
        due_us: When the first of them was due.
        failures: Claims in a row that came to nothing: one call at a time is let through.
        lost: How many claims with each of these events were lost, as their worker ended. Such events are
            claimed apart from all others.
    """

    id: int
    lane: Lane
    due_us: int
    failures: int = 0
    lost: int = 0


@attrs.frozen
class Claim:
    """Events that are one worker's until its lease ends, kept by columns: no object for each event.

    Args:
        id: Of the claim; no other claim ever has it.
        lane: What the events have in common.
        ids: Of the events, in the order in which they are due.
        attempts: How often each was tried before.
        put_us: When each was put.
        data: The events: one JSON array, best with `SEPARATOR` between them.
    """

    id: int
    lane: Lane
    ids: Sequence[int]
    attempts: Sequence[int]
    put_us: Sequence[int]
    data: str


@attrs.frozen(kw_only=True)
class Settlement:
    """What became of some events of a claim, the same for each.

    Args:
        ids: Of the events.
        state: ``waiting`` for those that are to be tried again.
        outcome: One of `OUTCOMES`; empty where nothing was tried.
        reason: As a sentence without secrets.
        field: The field of the payload that is at fault.
        due_us: When they are to be tried again.
        is_tried: It counts as an attempt.
        exchange: JSON of the last request and its answer, redacted and of a few KiB, for those that are not
            delivered; empty if there was none.
    """

    ids: Sequence[int]
    state: State
    outcome: str = ""
    reason: str = ""
    field: str = ""
    due_us: int = 0
    is_tried: bool = True
    exchange: str = ""


@attrs.frozen(kw_only=True)
class Finding:
    """What a claim has shown of its connection.

    Args:
        kind: ``serves``: it answered; ``fails``: it serves nothing for now, or wants a pause; ``parks``:
            nothing goes out before an operator releases it.
        reason: As a sentence without secrets.
        opens_us: When it may be tried again, if it fails.
        generation: Of the connection's record when it was parked for its credentials; a later one releases
            it.
    """

    kind: Literal["serves", "fails", "parks"]
    reason: str = ""
    opens_us: int = 0
    generation: int | None = None


@attrs.frozen(kw_only=True)
class Entry:
    """One event in the outbox, as people and programs see it.

    Args:
        id: Of the event.
        connection: The name of its connection.
        action: The name of its action.
        pipeline: The pipeline that it came through; empty if none.
        plan: The mapping, the subscription and what else it is delivered with.
        event: The event itself; None after it was delivered.
        state: Where it is now.
        outcome: The last thing that became of it; empty before the first attempt.
        reason: Why, as a sentence without secrets.
        field: The field of the payload that is at fault; empty if none is.
        attempts: How often it was tried.
        put_at: When it was put.
        due_at: When it is, or was, to be sent.
        ended_at: When it got its last outcome; None before.
        ordering_key: As it was given.
        message_id: The event's ``messageId``, if it has one.
        size_bytes: Of the event as JSON.
        exchange: Of a dead letter, the last request (``method``, ``url``, ``body``) and its answer
            (``status``, ``content_type``, ``body``; None if no answer came), with ``error`` if the request
            failed: redacted, and each body cut. None where no request was sent, and where it was not asked
            for.
    """

    id: int
    connection: str
    action: str
    pipeline: str
    plan: Mapping[str, Any]
    event: Any
    state: State
    outcome: str
    reason: str
    field: str
    attempts: int
    put_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ordering_key: str | None
    message_id: str | None
    size_bytes: int
    exchange: Mapping[str, Any] | None = None


@attrs.frozen(kw_only=True)
class Wanted:
    """Which events are asked for.

    Args:
        connection: Of this connection; None for all.
        action: Of this action.
        pipeline: Of this pipeline.
        states: In one of these states; None for any.
        outcome: With this last outcome.
        reason: Whose reason holds this text.
        message_id: With this ``messageId``.
        since_us: Put, or with an outcome, since this instant.
        before: With a smaller id.
        limit: So many at most.
        exchanges: With the last request of each, and its answer.
    """

    connection: str | None = None
    action: str | None = None
    pipeline: str | None = None
    states: Sequence[State] | None = None
    outcome: str | None = None
    reason: str | None = None
    message_id: str | None = None
    since_us: int | None = None
    before: int | None = None
    limit: int = 100
    exchanges: bool = False


@attrs.frozen(kw_only=True)
class ConnectionStatus:
    """One connection, as its outbox sees it.

    Args:
        name: Of the connection.
        counts: How many of its events are in each state; those that are remembered, for ``delivered`` and
            ``skipped``.
        parked: Why nothing goes out to it before an operator releases it; empty if it is not parked.
        parked_at: Since when.
        wants_authorization: It is parked because its credentials were refused.
        trouble: Why it serves nothing for now; empty if it does.
        failures: Claims in a row that came to nothing.
        retry_at: When it is tried again, if it serves nothing for now.
        oldest_due_at: When the first event that waits was, or is, due.
    """

    name: str
    counts: Mapping[State, int]
    parked: str = ""
    parked_at: datetime | None = None
    wants_authorization: bool = False
    trouble: str = ""
    failures: int = 0
    retry_at: datetime | None = None
    oldest_due_at: datetime | None = None


@attrs.frozen(kw_only=True)
class OutboxStatus:
    """What an outbox holds.

    Args:
        place: File or server, for people; no password.
        counts: How many events are in each state; those that are remembered, for ``delivered`` and
            ``skipped``.
        held_events: Events that wait, are under way or are dead letters: what the bound is of.
        held_bytes: Their bytes, with the last requests of dead letters and their answers.
        bounds: What it holds at most.
        oldest_due_at: When the first event that waits was, or is, due.
        connections: Each that has events, sorted by name.
        schema_version: Of its tables.
    """

    place: str
    counts: Mapping[State, int]
    held_events: int
    held_bytes: int
    bounds: Bounds
    oldest_due_at: datetime | None
    connections: Sequence[ConnectionStatus]
    schema_version: int
