"""Single events, durable until each of them has one outcome."""

from portcall.outbox.clock import Clock
from portcall.outbox.opening import open_outbox
from portcall.outbox.outbox import Outbox
from portcall.outbox.put import Put
from portcall.outbox.records import (
    DEAD_LETTERS,
    MOST_LOST,
    OUTCOMES,
    STATES,
    Bounds,
    Claim,
    ConnectionStatus,
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
from portcall.outbox.sqlite_storage import SQLiteOutbox
from portcall.outbox.storage import LeaseLostError, OutboxStorage
from portcall.outbox.workers import Workers

__all__ = [
    "DEAD_LETTERS",
    "MOST_LOST",
    "OUTCOMES",
    "STATES",
    "Bounds",
    "Claim",
    "Clock",
    "ConnectionStatus",
    "Entry",
    "Finding",
    "Lane",
    "LeaseLostError",
    "NewEvent",
    "Outbox",
    "OutboxStatus",
    "OutboxStorage",
    "Put",
    "ReadyLane",
    "SQLiteOutbox",
    "Settlement",
    "State",
    "Wanted",
    "Workers",
    "open_outbox",
]
