"""What keeps the events of an outbox: the border between its rules and a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from portcall.outbox.clock import Clock
from portcall.outbox.records import (
    Bounds,
    Claim,
    Entry,
    Finding,
    Lane,
    NewEvent,
    OutboxStatus,
    ReadyLane,
    Settlement,
    State,
    Wanted,
)


class LeaseLostError(Exception):
    """A claim is not its worker's any more: its lease ended, and others may have the events."""


class OutboxStorage(Protocol):
    """Keeps events until they have an outcome; safe to use from any thread and by several processes.

    What a method has written is durable when it returns. An author of one runs
    `portcall.testing.outbox_suite` against it. All instants are microseconds on `clock`.

    Attributes:
        clock: The time in the outbox.
        bounds: What it holds at most.
    """

    clock: Clock
    bounds: Bounds

    @property
    def place(self) -> str:
        """File or server, for people; no password."""

    def add(
        self, lane: Lane, events: Sequence[NewEvent], connection: object = None
    ) -> Sequence[int]:
        """Keep events, all or none.

        Args:
            lane: What they have in common.
            events: One or more.
            connection: An open connection to the same database, whose transaction they become part of; None
                for a transaction of their own.

        Returns:
            The id of each; that of the earlier event, where one with the same ``message_id`` was put to the
            lane within the window.

        Raises:
            OutboxFullError: A bound is reached.
            OutboxUnavailableError: The database cannot be used.
        """

    def add_several(
        self, puts: Sequence[tuple[Lane, Sequence[NewEvent]]], connection: object = None
    ) -> Sequence[Sequence[int]]:
        """Keep events of several lanes in one transaction: all of them, or none.

        Args:
            puts: Each lane with its events, one or more.
            connection: As in `add`.

        Returns:
            For each lane, the id of each of its events, as `add` returns them.

        Raises:
            OutboxFullError: A bound is reached by all of them together.
            OutboxUnavailableError: The database cannot be used.
        """

    def ready(self, connections: Collection[str] | None = None) -> Sequence[ReadyLane]:
        """Return the lanes with events that may be claimed now, those that have waited longest first.

        A lane is there once for each number of claims that were lost with events of it.

        Args:
            connections: Their names; None for all.
        """

    def next_due_us(self, connections: Collection[str] | None = None) -> int | None:
        """Return the first instant at which an event may be claimed; None if there is no such event."""

    def claim(
        self, lane_id: int, most: int, most_bytes: int, lease_s: float, lost: int = 0
    ) -> Claim | None:
        """Make due events of a lane one worker's own; None where there are none, or others were first.

        Events with an ordering key wait until the one before them has an outcome.

        Args:
            lane_id: From `ready`.
            most: Events at most.
            most_bytes: Their bytes at most; one event is claimed in any case.
            lease_s: Seconds after which others may take them, unless `renew` is called.
            lost: From `ready`: events in so many claims that were lost, and no others.
        """

    def note(
        self, claim: Claim, settlements: Sequence[Settlement], begun: Sequence[int] = ()
    ) -> None:
        """Record outcomes of a claim's events, and which events are being sent.

        Args:
            claim: Theirs.
            settlements: Events that are in none of them stay under way.
            begun: The ids of all events that are being sent now and must not be sent twice: if the lease
                ends, they are uncertain.

        Raises:
            LeaseLostError: There are events in *begun*, and the claim is not its worker's any more. Outcomes
                of a claim that was lost are passed over, but for events that it left uncertain.
        """

    def end(
        self,
        claim: Claim,
        settlements: Sequence[Settlement] = (),
        finding: Finding | None = None,
    ) -> None:
        """End a claim; events without an outcome wait again.

        Args:
            claim: Its worker is done with it.
            settlements: The last outcomes, as in `note`.
            finding: What it has shown of its connection, if anything.
        """

    def renew(self, claim_ids: Sequence[int], lease_s: float) -> None:
        """Let the leases of claims end so many seconds from now."""

    def recover(self) -> int:
        """Take back events whose lease has expired: those begun are uncertain, the others wait again.

        Those that wait again were lost once more: at `MOST_LOST` they are dead, with `lost_reason`.

        Returns:
            How many events.
        """

    def purge(self, most: int = 10_000) -> int:
        """Forget delivered and skipped events after the retention; return how many, *most* at a time."""

    def park(self, connection: str, reason: str, generation: int | None = None) -> None:
        """Send nothing to a connection until it is released."""

    def release(self, connection: str) -> bool:
        """Send to a connection again, also what waits for another attempt; return if it was held back."""

    def parked(self) -> Mapping[str, int | None]:
        """Return the parked connections, each with the generation that it was parked at, if any."""

    def status(self) -> OutboxStatus:
        """Return what the outbox holds."""

    def ended(self, since_us: int, step_us: int, steps: int) -> Sequence[tuple[State, int, int]]:
        """Return how many events got their last outcome in each span of time, to the minute.

        Those that were retried or dropped since count, too: it is what has happened.

        Args:
            since_us: Where the first span begins.
            step_us: How long each span is.
            steps: How many spans there are.

        Returns:
            State, the number of the span from 0, and how many events; no rows for none.
        """

    def entries(self, wanted: Wanted) -> Sequence[Entry]:
        """Return the events that are wanted, the latest first."""

    def entry(self, event_id: int) -> Entry | None:
        """Return one event."""

    def retry(self, ids: Sequence[int]) -> int:
        """Make dead letters, and events that wait for another attempt, due now; return how many."""

    def replace(self, event_id: int, data: str) -> bool:
        """Replace the JSON of an event that is not under way; return whether that was possible."""

    def drop(self, ids: Sequence[int]) -> int:
        """Forget events that are not under way; return how many."""

    def version(self) -> object:
        """Return something that is different after another process wrote; cheap enough for every poll."""

    def close(self) -> None:
        """Close what is open; it opens again when it is used."""
