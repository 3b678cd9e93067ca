"""Leases of claims: renewed while a worker lives, and recovered after one has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from portcall.outbox.authors import LEASE_OVER, MOST_LOST, Settlement, lost_reason
from portcall_postgres.outbox.outcomes import END, GIVE_BACK, let_next, settle
from portcall_postgres.outbox.tables import BEGUN, CLAIMED
from portcall_postgres.outbox.transaction import Transaction

_RENEW: Final = """UPDATE @claims SET until_us = %s WHERE id = ANY(ARRAY(
    SELECT id FROM @claims WHERE id = ANY(%s) ORDER BY id FOR UPDATE))"""
_OVER: Final = "SELECT id FROM @claims WHERE until_us <= %s ORDER BY id FOR UPDATE SKIP LOCKED"
_BEGUN_OF: Final = f"SELECT id FROM @events WHERE claim_id = %s AND state = {BEGUN}"
_SUSPECT: Final = f"""INSERT INTO @suspects AS s (id, lane_id, lost)
    SELECT id, lane_id, 1 FROM @events WHERE claim_id = %s AND state = {CLAIMED} ORDER BY id
    ON CONFLICT (id) DO UPDATE SET lost = s.lost + 1 RETURNING id, lost"""


def renew(transaction: Transaction, claim_ids: Sequence[int], until_us: int) -> None:
    """Let leases end later."""
    transaction.run(_RENEW, until_us, list(claim_ids))


def recover(transaction: Transaction) -> int:
    """Take back the events of claims whose lease has expired; return how many."""
    taken, orders = 0, list[bytes]()
    for (claim_id,) in transaction.rows(_OVER, transaction.now_us):
        begun = [row[0] for row in transaction.rows(_BEGUN_OF, claim_id)]
        if begun:
            doubt = Settlement(ids=begun, state="uncertain", reason=LEASE_OVER)
            orders += settle(transaction, claim_id, doubt)
        lost = transaction.rows(_SUSPECT, claim_id)
        dead = [event_id for event_id, times in lost if times >= MOST_LOST]
        if dead:
            fatal = Settlement(ids=dead, state="dead", reason=lost_reason(MOST_LOST))
            orders += settle(transaction, claim_id, fatal)
        taken += len(begun) + len(dead) + transaction.run(GIVE_BACK, claim_id).rowcount
        transaction.run(END, claim_id)
    let_next(transaction, orders)
    return taken
