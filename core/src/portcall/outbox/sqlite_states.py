"""The states of events, as numbers in the tables and as people know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portcall.outbox.records import State
from portcall.outbox.sqlite_schema import (
    BEHIND,
    DEAD,
    DELIVERED,
    REJECTED,
    SKIPPED,
    UNCERTAIN,
    WAITING,
)

STATE_OF: Final[Mapping[int, State]] = {
    WAITING: "waiting",
    BEHIND: "waiting",
    DELIVERED: "delivered",
    SKIPPED: "skipped",
    REJECTED: "rejected",
    UNCERTAIN: "uncertain",
    DEAD: "dead",
}
NUMBER_OF: Final[Mapping[State, int]] = {
    "waiting": WAITING,
    "delivered": DELIVERED,
    "skipped": SKIPPED,
    "rejected": REJECTED,
    "uncertain": UNCERTAIN,
    "dead": DEAD,
}
