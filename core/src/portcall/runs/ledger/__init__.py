"""What runs remember of single events, for some days: which went, when, and what was said to them."""

from __future__ import annotations

from portcall.runs.ledger.durations import as_instant, duration_s
from portcall.runs.ledger.event_keys import EventKeys
from portcall.runs.ledger.ledger_file import FILE_NAME, Ledger
from portcall.runs.ledger.log import Logged, read_log
from portcall.runs.ledger.memory import Memory, Remembered
from portcall.runs.ledger.tables import Outcomes

__all__ = [
    "FILE_NAME",
    "EventKeys",
    "Ledger",
    "Logged",
    "Memory",
    "Outcomes",
    "Remembered",
    "as_instant",
    "duration_s",
    "read_log",
]
