"""The door for authors of outboxes: what a distribution of the group ``portcall.outboxes`` is made of.

An outbox on another database is a class with the methods of `portcall.outbox.OutboxStorage`, which is called
with the URL.
"""

from portcall.outbox.clock import MINUTE_US, SECOND_US, Clock, aware, minutes, to_datetime
from portcall.outbox.records import (
    LEASE_OVER,
    MOST_LOST,
    SEPARATOR,
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
    lost_reason,
)
from portcall.outbox.storage import LeaseLostError, OutboxStorage

__all__ = [
    "LEASE_OVER",
    "MINUTE_US",
    "MOST_LOST",
    "SECOND_US",
    "SEPARATOR",
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
    "OutboxStatus",
    "OutboxStorage",
    "ReadyLane",
    "Settlement",
    "State",
    "Wanted",
    "aware",
    "lost_reason",
    "minutes",
    "to_datetime",
]
