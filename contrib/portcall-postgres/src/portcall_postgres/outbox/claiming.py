"""Claims in the tables: made, noted, ended, and recovered when their lease is over.

Each transaction that waits for rows locks claims first, then events, then connections, and of each table the
rows in the order of their ids: two transactions never wait for each other. One that claims waits for no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

from portcall.outbox.authors import (
    LEASE_OVER,
    MOST_LOST,
    SEPARATOR,
    Claim,
    Finding,
    Lane,
    LeaseLostError,
    ReadyLane,
    Settlement,
    lost_reason,
)
from portcall_postgres.outbox.counting import Room, add_counts
from portcall_postgres.outbox.database import Tables
from portcall_postgres.outbox.putting import printable
from portcall_postgres.outbox.tables import (
    BEGUN,
    BEHIND,
    CLAIMED,
    DELIVERED,
    NUMBER_OF,
    SKIPPED,
    UNCERTAIN,
    WAITING,
)

_ROUNDS: Final = 100
_MANY: Final = 1000
_LANE: Final = """SELECT l.id, c.name, l.action, p.plan, l.pipeline, c.failures, c.id AS connection_id,
    EXISTS (SELECT 1 FROM @suspects WHERE lane_id = l.id) AS has_suspects
    FROM @lanes l JOIN @connections c ON c.id = l.connection_id JOIN @plans p ON p.id = l.plan_id
    WHERE c.parked IS NULL AND c.opens_us <= %s"""
_NOT_PROBED: Final = """(c.failures = 0
    OR NOT EXISTS (SELECT 1 FROM @claims k WHERE k.connection_id = c.id))"""
_FIRST_DUE: Final = """(SELECT due_us FROM @events
    WHERE lane_id = l.id AND state = 0 ORDER BY due_us LIMIT 1)"""
_FRESH: Final = "AND NOT EXISTS (SELECT 1 FROM @suspects s WHERE s.id = @events.id)"
_LOST: Final = """AND EXISTS (SELECT 1 FROM @suspects s WHERE s.id = @events.id AND s.lost = %s)"""
_FIRST_FRESH: Final = _FIRST_DUE.replace("ORDER", f"{_FRESH} ORDER")
_READY: Final = f"""WITH open AS ({_LANE} AND {_NOT_PROBED}
        AND (%s::text[] IS NULL OR c.name = ANY(%s)))
    SELECT * FROM (
        SELECT l.*, {_FIRST_FRESH} AS due_us, 0 AS lost FROM open l
        UNION ALL SELECT l.*, s.due_us, s.lost FROM open l JOIN (
            SELECT s.lane_id, s.lost, min(e.due_us) AS due_us FROM @suspects s
            JOIN @events e ON e.id = s.id WHERE e.state = 0 GROUP BY 1, 2) s ON s.lane_id = l.id
    ) found WHERE due_us <= %s ORDER BY due_us"""
_NEXT_DUE: Final = f"""SELECT min(greatest({_FIRST_DUE}, c.opens_us))
    FROM @lanes l JOIN @connections c ON c.id = l.connection_id
    WHERE c.parked IS NULL AND EXISTS (SELECT 1 FROM @events WHERE lane_id = l.id AND state = 0)
    AND (%s::text[] IS NULL OR c.name = ANY(%s))"""
_PROBE: Final = "SELECT 1 FROM @connections WHERE id = %s AND opens_us <= %s FOR UPDATE SKIP LOCKED"
_PROBED: Final = "SELECT 1 FROM @claims WHERE connection_id = %s LIMIT 1"

# Rows that another worker is just claiming are passed over, and no row is waited for.
_DUE: Final = """SELECT id, size, order_digest FROM @events
    WHERE lane_id = %s AND state = 0 AND due_us <= %s {} ORDER BY due_us, id LIMIT %s
    FOR UPDATE SKIP LOCKED"""
_FIRST: Final = f"""SELECT given.digest, coalesce(
        (SELECT o.id FROM @events o WHERE o.order_digest = given.digest
            AND o.state IN ({CLAIMED}, {BEGUN}) LIMIT 1),
        (SELECT o.id FROM @events o WHERE o.order_digest = given.digest AND o.state < 4
            ORDER BY o.id LIMIT 1))
    FROM unnest(%s::bytea[]) AS given (digest)"""
_STILL_OPEN: Final = """SELECT id FROM @events WHERE id = ANY(%s) AND state < 4
    ORDER BY id FOR UPDATE SKIP LOCKED"""
_BEHIND: Final = f"UPDATE @events SET state = {BEHIND} WHERE id = ANY(%s) AND state = {WAITING}"
_CLAIM: Final = f"""WITH made AS (INSERT INTO @claims (lane_id, connection_id, until_us)
        VALUES (%s, %s, %s) RETURNING id)
    UPDATE @events e SET state = {CLAIMED}, claim_id = made.id FROM made, @bodies b
    WHERE e.id = ANY(%s) AND b.id = e.id
    RETURNING e.id, b.data, e.attempts, e.put_us, e.due_us, made.id"""

_BEGIN: Final = f"""UPDATE @events SET state = {BEGUN}
    WHERE id = ANY(%s) AND claim_id = %s AND state IN ({CLAIMED}, {BEGUN})"""
_WAIT: Final = f"""UPDATE @events SET state = {WAITING}, claim_id = NULL, attempts = attempts + %s,
        due_us = CASE WHEN %s > 0 THEN %s ELSE due_us END,
        outcome = CASE WHEN %s THEN %s ELSE outcome END,
        reason = CASE WHEN %s THEN %s ELSE reason END,
        field = CASE WHEN %s THEN %s ELSE field END
    WHERE id = ANY(%s) AND claim_id = %s AND state IN ({CLAIMED}, {BEGUN})"""
_FINISH: Final = f"""WITH was AS (SELECT id, state FROM @events WHERE id = ANY(%s) AND claim_id = %s
        AND state IN ({CLAIMED}, {BEGUN}, {UNCERTAIN}) ORDER BY id FOR UPDATE)
    UPDATE @events e SET state = %s, attempts = attempts + %s, outcome = %s, reason = %s, field = %s,
        ended_us = %s, claim_id = CASE WHEN %s THEN e.claim_id END
    FROM was WHERE e.id = was.id
    RETURNING e.id, e.lane_id, e.order_digest, e.size, was.state"""
_EXCHANGE: Final = """INSERT INTO @exchanges SELECT unnest(%s::bigint[]), %s
    ON CONFLICT (id) DO UPDATE SET data = excluded.data"""
_FORGET_BODIES: Final = "DELETE FROM @bodies WHERE id = ANY(%s)"
_LET_NEXT: Final = f"""UPDATE @events SET state = {WAITING} WHERE state = {BEHIND} AND id = ANY(ARRAY(
    SELECT id FROM @events WHERE state = {BEHIND} AND id IN (
        SELECT (SELECT o.id FROM @events o WHERE o.order_digest = given.digest AND o.state < 4
            ORDER BY o.id LIMIT 1) FROM unnest(%s::bytea[]) AS given (digest))
    ORDER BY id FOR UPDATE))"""

_LATE: Final = """SELECT 1 FROM @events WHERE id = ANY(%s) AND claim_id = %s
    ORDER BY id FOR UPDATE"""
_HOLD: Final = "SELECT 1 FROM @claims WHERE id = %s FOR UPDATE"
_END: Final = "DELETE FROM @claims WHERE id = %s"
_GIVE_BACK: Final = f"""UPDATE @events SET state = {WAITING}, claim_id = NULL
    WHERE claim_id = %s AND state IN ({CLAIMED}, {BEGUN})"""
_SERVES: Final = """UPDATE @connections SET failures = 0, opens_us = 0, trouble = ''
    WHERE name = %s AND failures > 0"""
_FAILS: Final = """UPDATE @connections SET failures = failures + 1,
    opens_us = greatest(opens_us, %s), trouble = %s WHERE name = %s"""
_PARK: Final = """UPDATE @connections SET parked = %s, parked_us = coalesce(parked_us, %s),
    generation = %s, failures = 0, opens_us = 0, trouble = '' WHERE name = %s"""
_RELEASE: Final = """UPDATE @connections SET parked = NULL, parked_us = NULL, generation = NULL,
    failures = 0, opens_us = 0, trouble = '' WHERE name = %s AND (parked IS NOT NULL OR failures > 0)"""
_HURRY: Final = """UPDATE @events SET due_us = %s WHERE id = ANY(ARRAY(SELECT id FROM @events
    WHERE state = 0 AND attempts > 0 AND due_us > %s AND lane_id IN (SELECT l.id FROM @lanes l
        JOIN @connections c ON c.id = l.connection_id WHERE c.name = %s)
    ORDER BY id FOR UPDATE)) AND state = 0"""
_RENEW: Final = """UPDATE @claims SET until_us = %s WHERE id = ANY(ARRAY(
    SELECT id FROM @claims WHERE id = ANY(%s) ORDER BY id FOR UPDATE))"""
_OVER: Final = "SELECT id FROM @claims WHERE until_us <= %s ORDER BY id FOR UPDATE SKIP LOCKED"
_BEGUN_OF: Final = f"SELECT id FROM @events WHERE claim_id = %s AND state = {BEGUN}"
_SUSPECT: Final = f"""INSERT INTO @suspects AS s (id, lane_id, lost)
    SELECT id, lane_id, 1 FROM @events WHERE claim_id = %s AND state = {CLAIMED} ORDER BY id
    ON CONFLICT (id) DO UPDATE SET lost = s.lost + 1 RETURNING id, lost"""


def ready(tables: Tables, connections: Collection[str] | None) -> Sequence[ReadyLane]:
    """Return the lanes with events that are due, those that have waited longest first."""
    names = None if connections is None else list(connections)
    rows = tables.rows(_READY, tables.now_us, names, names, tables.now_us)
    return [ReadyLane(row[0], _lane(row), row[8], row[5], row[9]) for row in rows]


def next_due_us(tables: Tables, connections: Collection[str] | None) -> int | None:
    """Return the first instant at which an event may be claimed."""
    names = None if connections is None else list(connections)
    row = tables.row(_NEXT_DUE, names, names)
    return None if row is None or row[0] is None else int(row[0])


def claim(
    tables: Tables,
    lane_id: int,
    *,
    most: int,
    most_bytes: int,
    until_us: int,
    lost: int,
) -> Claim | None:
    """Claim the events of a lane that are due and were lost so often, the first ones first."""
    row = tables.row(f"{_LANE} AND {_NOT_PROBED} AND l.id = %s", tables.now_us, lane_id)
    if row is None or (row[5] and not _may_probe(tables, row[6])):
        return None
    which, given = ("", ()) if not row[7] else (_FRESH, ()) if not lost else (_LOST, (lost,))
    if lost and not row[7]:
        return None
    due = _DUE.format(which), lane_id, tables.now_us, *given
    ids = _picked(tables, due, most, most_bytes)
    if not ids:
        return None
    rows = sorted(
        tables.rows(_CLAIM, lane_id, row[6], until_us, ids), key=lambda each: (each[4], each[0])
    )
    if not rows:
        return None
    claimed, datas, attempts, put_us = map(list, zip(*[each[:4] for each in rows], strict=True))
    return Claim(rows[0][5], _lane(row), claimed, attempts, put_us, f"[{SEPARATOR.join(datas)}]")


def _may_probe(tables: Tables, connection_id: int) -> bool:
    """Return whether this worker is the only one that asks a destination which served nothing lately."""
    is_mine = tables.row(_PROBE, connection_id, tables.now_us) is not None
    return is_mine and tables.row(_PROBED, connection_id) is None


def _picked(
    tables: Tables, due: tuple[str, *tuple[object, ...]], most: int, most_bytes: int
) -> list[int]:
    """Return the ids of due events that are locked now, and have none before them in their order.

    Args:
        tables: In a transaction.
        due: What selects and locks such events, with its arguments but for how many.
        most: So many at most.
        most_bytes: Their bytes at most; one event is among them in any case.
    """
    for limit in (most, *[max(most, _MANY)] * _ROUNDS):
        rows = tables.rows(*due, limit)
        free = rows
        if any(order is not None for _, _, order in rows):
            free = _without_blocked(tables, rows)
        if free or not rows:
            return _within(free[:most], most_bytes)
    return []


def _without_blocked(tables: Tables, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Put aside events with another one before them, until that one is over.

    The one before is locked, so that it cannot end, and look for the next one, before this is written down.
    Where it is just ending, the event is left as it is, for the next claim.
    """
    orders = list({row[2] for row in rows if row[2] is not None})
    first = dict(tables.rows(_FIRST, orders))
    locked = {row[0] for row in tables.rows(_STILL_OPEN, sorted(first.values()))}
    blocked = [row for row in rows if row[2] is not None and first[row[2]] != row[0]]
    tables.run(_BEHIND, [row[0] for row in blocked if first[row[2]] in locked])
    return [row for row in rows if row[2] is None or first[row[2]] == row[0]]


def _within(rows: Sequence[tuple[Any, ...]], most_bytes: int) -> list[int]:
    ids: list[int] = []
    total = 0
    for event_id, size, _ in rows:
        total += size
        if ids and total > most_bytes:
            break
        ids.append(event_id)
    return ids


def _lane(row: Sequence[Any]) -> Lane:
    return Lane(connection=row[1], action=row[2], plan=row[3], pipeline=row[4])


def note(
    tables: Tables,
    claimed: Claim,
    settlements: Sequence[Settlement],
    begun: Sequence[int],
    room: Room,
) -> None:
    """Write down outcomes, and what is about to be sent."""
    # While this is done, no other process takes the claim back; of one that was, nothing may be sent.
    is_held = tables.row(_HOLD, claimed.id) is not None
    if begun and not is_held:
        raise LeaseLostError
    if not is_held:  # what it has left in doubt may be changed by others
        tables.run(_LATE, [each for one in settlements for each in one.ids], claimed.id)
    orders = [order for each in settlements for order in _settle(tables, claimed.id, each, room)]
    if begun and tables.run(_BEGIN, list(begun), claimed.id).rowcount < len(begun):
        raise LeaseLostError
    let_next(tables, orders)


def _settle(
    tables: Tables, claim_id: int, settlement: Settlement, room: Room | None = None
) -> list[bytes]:
    """Write down an outcome; return the orders of which the next event may be claimed."""
    if settlement.state == "waiting":
        _wait(tables, claim_id, settlement)
        return []
    return _finish(tables, claim_id, settlement, room)


def _wait(tables: Tables, claim_id: int, settlement: Settlement) -> None:
    said = bool(settlement.outcome)
    tables.run(
        _WAIT, int(settlement.is_tried), settlement.due_us, settlement.due_us,
        said, settlement.outcome, said, printable(settlement.reason),
        said, printable(settlement.field), list(settlement.ids), claim_id,
    )  # fmt: skip


def _finish(
    tables: Tables, claim_id: int, settlement: Settlement, room: Room | None
) -> list[bytes]:
    """Give events their last outcome; also those that a lease has left in doubt, as the answer has come."""
    state = NUMBER_OF[settlement.state]
    rows = tables.rows(
        _FINISH, list(settlement.ids), claim_id, state, int(settlement.is_tried),
        settlement.outcome or settlement.state, printable(settlement.reason),
        printable(settlement.field), tables.now_us, state == UNCERTAIN,
    )  # fmt: skip
    if state in {DELIVERED, SKIPPED}:
        tables.run(_FORGET_BODIES, [row[0] for row in rows])
    elif settlement.exchange and room is not None:
        _keep_exchange(tables, rows, state, settlement.exchange, room)
    for lane_id in {row[1] for row in rows}:
        mine = [row for row in rows if row[1] == lane_id]
        doubted = [row for row in mine if row[4] == UNCERTAIN]
        held = [row for row in mine if row[4] != UNCERTAIN]
        add_counts(tables, lane_id, {WAITING: _less(held), UNCERTAIN: _less(doubted)})
        add_counts(tables, lane_id, {state: (len(mine), sum(row[3] for row in mine))})
    return [row[2] for row in rows if row[2] is not None]


def _keep_exchange(
    tables: Tables, rows: Sequence[tuple[Any, ...]], state: int, exchange: str, room: Room
) -> None:
    """Keep the last request of new dead letters, and its answer, for as many as there is room."""
    size = len(exchange)
    kept = rows[: room.exchanges(tables, size)]
    tables.run(_EXCHANGE, [row[0] for row in kept], printable(exchange))
    for lane_id, times in Counter(row[1] for row in kept).items():
        add_counts(tables, lane_id, {state: (0, size * times)})


def _less(rows: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
    return -len(rows), -sum(row[3] for row in rows)


def let_next(tables: Tables, orders: Sequence[bytes | None]) -> None:
    """Let the next event of each order be claimed, unless another one of it still waits.

    To be called once in a transaction, so that all of these rows are locked in their order.
    """
    wanted = list({order for order in orders if order is not None})
    if wanted:
        tables.run(_LET_NEXT, wanted)


def end(
    tables: Tables,
    claimed: Claim,
    settlements: Sequence[Settlement],
    finding: Finding | None,
    room: Room,
) -> None:
    """End a claim with the last outcomes: what has none waits again."""
    note(tables, claimed, settlements, (), room)
    tables.run(_GIVE_BACK, claimed.id)
    tables.run(_END, claimed.id)
    name = claimed.lane.connection
    if finding is None:
        return
    if finding.kind == "serves":
        tables.run(_SERVES, name)
    elif finding.kind == "fails":
        tables.run(_FAILS, finding.opens_us, printable(finding.reason), name)
    else:
        park(tables, name, finding.reason, finding.generation)


def park(tables: Tables, name: str, reason: str, generation: int | None) -> None:
    """Let nothing go out to a connection."""
    tables.run(_PARK, printable(reason) or "parked", tables.now_us, generation, name)


def release(tables: Tables, name: str) -> bool:
    """Let events go out again; those that wait for another attempt are due at once."""
    tables.run(_HURRY, tables.now_us, tables.now_us, name)
    return tables.run(_RELEASE, name).rowcount > 0


def renew(tables: Tables, claim_ids: Sequence[int], until_us: int) -> None:
    """Let leases end later."""
    tables.run(_RENEW, until_us, list(claim_ids))


def recover(tables: Tables) -> int:
    """Take back the events of claims whose lease is over."""
    taken, orders = 0, list[bytes]()
    for (claim_id,) in tables.rows(_OVER, tables.now_us):
        begun = [row[0] for row in tables.rows(_BEGUN_OF, claim_id)]
        if begun:
            doubt = Settlement(ids=begun, state="uncertain", reason=LEASE_OVER)
            orders += _settle(tables, claim_id, doubt)
        lost = tables.rows(_SUSPECT, claim_id)
        dead = [event_id for event_id, times in lost if times >= MOST_LOST]
        if dead:
            fatal = Settlement(ids=dead, state="dead", reason=lost_reason(MOST_LOST))
            orders += _settle(tables, claim_id, fatal)
        taken += len(begun) + len(dead) + tables.run(_GIVE_BACK, claim_id).rowcount
        tables.run(_END, claim_id)
    let_next(tables, orders)
    return taken
