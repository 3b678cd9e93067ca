"""An outbox on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from portcall import Secret
from portcall.outbox.authors import (
    SECOND_US,
    Bounds,
    Claim,
    Clock,
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
from portcall_postgres.outbox import (
    claims,
    leases,
    operations,
    outcomes,
    parking,
    queries,
    ready_lanes,
)
from portcall_postgres.outbox.counts import Room, sum_up, sum_up_outcomes
from portcall_postgres.outbox.database import Database
from portcall_postgres.outbox.puts import connection_of, lane_of, marks_of, put
from portcall_postgres.outbox.transaction import Transaction


class PostgresOutbox:
    """The events of an outbox in tables of a PostgreSQL database; see `portcall.outbox.OutboxStorage`.

    The time in it is the server's. The bounds are kept to within what all processes put in a second.

    Args:
        url: ``postgres://user@server/database``, or any other connection string that libpq reads.
        bounds: What it holds at most.
        timeout_s: Seconds for one transaction, waiting for others included; for so long a worker keeps trying
            to record the outcomes of events while the server is away.
        connections: Most sessions of this process at a time.

    Raises:
        OutboxUnavailableError: *url* cannot be read.
    """

    def __init__(
        self,
        url: str | Secret,
        *,
        bounds: Bounds | None = None,
        timeout_s: float = 30.0,
        connections: int = 8,
    ) -> None:
        self._database: Final = Database(Secret(url), timeout_s, connections)
        self.bounds: Final = bounds or Bounds()
        self._room: Final = Room(self.bounds, self.place)
        self._lanes: Final[dict[Lane, tuple[int, int]]] = {}

    @property
    def place(self) -> str:
        """Server and database; no user, no password."""
        return self._database.place

    @property
    def clock(self) -> Clock:
        """The server's clock, as far as it does not go back."""
        return self._database.clock

    def add(
        self, lane: Lane, events: Sequence[NewEvent], connection: object = None
    ) -> Sequence[int]:
        """Keep events, all or none; within the transaction of a program's own connection, if there is one."""
        return self.add_several([(lane, events)], connection)[0]

    def add_several(
        self, puts: Sequence[tuple[Lane, Sequence[NewEvent]]], connection: object = None
    ) -> Sequence[Sequence[int]]:
        """Keep events of several lanes, all or none."""
        lane_ids = [self._lane_ids(lane) for lane, _ in puts]
        marks = [marks_of(events, self.bounds.window_s) for _, events in puts]
        # Done again after its answer was lost, a put has to find what it has kept.
        since_us = self.clock.now_us() - int(self.bounds.window_s * SECOND_US) - 1
        # Two that put the same messages to the same lanes wait for each other in one order.
        in_order = sorted(range(len(puts)), key=lane_ids.__getitem__)

        def work(transaction: Transaction) -> Sequence[Sequence[int]]:
            ids: dict[int, Sequence[int]] = {}
            for place in in_order:
                ids[place] = put(
                    transaction,
                    lane_ids[place],
                    puts[place][1],
                    marks[place],
                    room=self._room,
                    since_us=since_us,
                )
            return [ids[place] for place in range(len(puts))]

        if connection is None:
            is_one = sum(len(events) for _, events in puts) == 1
            return self._database.put(work, is_one_statement=is_one)
        with self._database.within(connection) as transaction:
            return work(transaction)

    def ready(self, connections: Collection[str] | None = None) -> Sequence[ReadyLane]:
        """Return the lanes with events that may be claimed now."""
        return self._database.ask(lambda transaction: ready_lanes.ready(transaction, connections))

    def next_due_us(self, connections: Collection[str] | None = None) -> int | None:
        """Return the first instant at which an event may be claimed."""
        return self._database.ask(
            lambda transaction: ready_lanes.next_due_us(transaction, connections)
        )

    def claim(
        self, lane_id: int, most: int, most_bytes: int, lease_s: float, lost: int = 0
    ) -> Claim | None:
        """Make due events of a lane one worker's own."""

        def work(transaction: Transaction) -> Claim | None:
            until_us = transaction.now_us + int(lease_s * SECOND_US)
            return claims.claim(
                transaction,
                lane_id,
                most=most,
                most_bytes=most_bytes,
                until_us=until_us,
                lost=lost,
            )

        return self._database.transact(work)

    def note(
        self, claim: Claim, settlements: Sequence[Settlement], begun: Sequence[int] = ()
    ) -> None:
        """Record outcomes of a claim's events, and which events are being sent."""
        self._database.insist(
            lambda transaction: outcomes.note(transaction, claim, settlements, begun, self._room)
        )

    def end(
        self,
        claim: Claim,
        settlements: Sequence[Settlement] = (),
        finding: Finding | None = None,
    ) -> None:
        """End a claim."""
        self._database.insist(
            lambda transaction: outcomes.end(transaction, claim, settlements, finding, self._room)
        )

    def renew(self, claim_ids: Sequence[int], lease_s: float) -> None:
        """Let the leases of claims end so many seconds from now."""
        self._database.transact(
            lambda transaction: leases.renew(
                transaction, claim_ids, transaction.now_us + int(lease_s * SECOND_US)
            )
        )

    def recover(self) -> int:
        """Take back the events of claims whose lease has expired."""
        return self._database.transact(leases.recover)

    def purge(self, most: int = 10_000) -> int:
        """Forget delivered and skipped events after the retention."""
        kept_s = max(self.bounds.retention_s, self.bounds.window_s)

        def work(transaction: Transaction) -> int:
            sum_up(transaction)
            until_us = transaction.now_us - int(kept_s * SECOND_US)
            sum_up_outcomes(transaction, until_us)
            return operations.purge(transaction, until_us, most)

        return self._database.transact(work)

    def park(self, connection: str, reason: str, generation: int | None = None) -> None:
        """Send nothing to a connection until it is released."""

        def work(transaction: Transaction) -> None:
            connection_of(transaction, connection)
            parking.park(transaction, connection, reason, generation)

        self._database.transact(work)

    def release(self, connection: str) -> bool:
        """Send to a connection again."""
        return self._database.transact(lambda transaction: parking.release(transaction, connection))

    def parked(self) -> Mapping[str, int | None]:
        """Return the parked connections."""
        statement = "SELECT name, generation FROM @connections WHERE parked IS NOT NULL"
        return self._database.ask(lambda transaction: dict(transaction.rows(statement)))

    def status(self) -> OutboxStatus:
        """Return what the outbox holds."""
        return self._database.transact(
            lambda transaction: queries.status(transaction, self.place, self.bounds)
        )

    def ended(self, since_us: int, step_us: int, steps: int) -> Sequence[tuple[State, int, int]]:
        """Return how many events got their last outcome in each span of time."""
        return self._database.ask(
            lambda transaction: queries.ended(transaction, since_us, step_us, steps)
        )

    def entries(self, wanted: Wanted) -> Sequence[Entry]:
        """Return the events that are wanted, the latest first."""
        return self._database.ask(lambda transaction: queries.entries(transaction, wanted))

    def entry(self, event_id: int) -> Entry | None:
        """Return one event."""
        return self._database.ask(lambda transaction: queries.entry(transaction, event_id))

    def retry(self, ids: Sequence[int]) -> int:
        """Make dead letters, and events that wait for another attempt, due now."""
        return self._database.transact(lambda transaction: operations.retry(transaction, ids))

    def replace(self, event_id: int, data: str) -> bool:
        """Replace the JSON of an event."""
        return self._database.transact(
            lambda transaction: operations.replace(transaction, event_id, data)
        )

    def drop(self, ids: Sequence[int]) -> int:
        """Forget events that are not under way."""
        return self._database.transact(lambda transaction: operations.drop(transaction, ids))

    def version(self) -> object:
        """Return which transactions the server has seen to its end: another text after any that wrote."""
        return self._database.ask(
            lambda transaction: transaction.row("SELECT pg_current_snapshot()::text")
        )

    def close(self) -> None:
        """Close the sessions that are idle."""
        self._database.close()

    def _lane_ids(self, lane: Lane) -> tuple[int, int]:
        """Return what stands for a lane; in a transaction of its own, so that no other one waits for it."""
        found = self._lanes.get(lane)
        if found is None:
            found = self._lanes[lane] = self._database.transact(
                lambda transaction: lane_of(transaction, lane)
            )
        return found
