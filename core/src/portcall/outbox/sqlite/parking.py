"""Connections that are held back: parked until they are released, or asked again after a pause."""

from __future__ import annotations

from portcall.outbox.records import Finding
from portcall.outbox.sqlite.transaction import Transaction


def found(transaction: Transaction, name: str, finding: Finding) -> None:
    """Record what a claim has shown of its connection."""
    if finding.kind == "serves":
        transaction.db.execute(
            "UPDATE connections SET failures = 0, opens_us = 0, trouble = '' "
            "WHERE name = ? AND failures > 0",
            (name,),
        )
    elif finding.kind == "fails":
        transaction.db.execute(
            "UPDATE connections SET failures = failures + 1, opens_us = max(opens_us, ?), trouble = ? "
            "WHERE name = ?",
            (finding.opens_us, finding.reason, name),
        )
    else:
        park(transaction, name, finding.reason, finding.generation)


def park(transaction: Transaction, name: str, reason: str, generation: int | None) -> None:
    """Send nothing to a connection until it is released."""
    transaction.db.execute(
        "UPDATE connections SET parked = ?, parked_us = coalesce(parked_us, ?), generation = ?, "
        "failures = 0, opens_us = 0, trouble = '' WHERE name = ?",
        (reason or "parked", transaction.now_us, generation, name),
    )


def release(transaction: Transaction, name: str) -> bool:
    """Send to a connection again; its events that wait for another attempt are due at once."""
    db, now_us = transaction.db, transaction.now_us
    changed = db.execute(
        "UPDATE connections SET parked = NULL, parked_us = NULL, generation = NULL, failures = 0, "
        "opens_us = 0, trouble = '' WHERE name = ? AND (parked IS NOT NULL OR failures > 0)",
        (name,),
    ).rowcount
    db.execute(
        "UPDATE events SET due_us = ? WHERE state = 0 AND attempts > 0 AND due_us > ? AND lane_id IN "
        "(SELECT l.id FROM lanes l JOIN connections c ON c.id = l.connection_id WHERE c.name = ?)",
        (now_us, now_us, name),
    )
    return changed > 0
