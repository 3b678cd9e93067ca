"""Connections that are held back: parked until they are released, or asked again after a pause."""

from __future__ import annotations

from typing import Final

from portcall.outbox.authors import Finding
from portcall_postgres.outbox.puts import printable
from portcall_postgres.outbox.transaction import Transaction

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


def found(transaction: Transaction, name: str, finding: Finding) -> None:
    """Record what a claim has shown of its connection."""
    if finding.kind == "serves":
        transaction.run(_SERVES, name)
    elif finding.kind == "fails":
        transaction.run(_FAILS, finding.opens_us, printable(finding.reason), name)
    else:
        park(transaction, name, finding.reason, finding.generation)


def park(transaction: Transaction, name: str, reason: str, generation: int | None) -> None:
    """Send nothing to a connection until it is released."""
    transaction.run(_PARK, printable(reason) or "parked", transaction.now_us, generation, name)


def release(transaction: Transaction, name: str) -> bool:
    """Send to a connection again; its events that wait for another attempt are due at once."""
    transaction.run(_HURRY, transaction.now_us, transaction.now_us, name)
    return transaction.run(_RELEASE, name).rowcount > 0
