"""What runs remember of single events, for some days: which went, when, and what was said to them."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.runs.ledger.durations import (
        as_instant as as_instant,
        duration_s as duration_s,
    )
    from portcall.runs.ledger.event_keys import (
        EventKeys as EventKeys,
    )
    from portcall.runs.ledger.ledger_file import (
        FILE_NAME as FILE_NAME,
        Ledger as Ledger,
    )
    from portcall.runs.ledger.log import (
        Logged as Logged,
        read_log as read_log,
    )
    from portcall.runs.ledger.memory import (
        Memory as Memory,
        Remembered as Remembered,
    )
    from portcall.runs.ledger.tables import (
        Outcomes as Outcomes,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.runs.ledger.durations": (
                "as_instant",
                "duration_s",
            ),
            "portcall.runs.ledger.event_keys": ("EventKeys",),
            "portcall.runs.ledger.ledger_file": (
                "FILE_NAME",
                "Ledger",
            ),
            "portcall.runs.ledger.log": (
                "Logged",
                "read_log",
            ),
            "portcall.runs.ledger.memory": (
                "Memory",
                "Remembered",
            ),
            "portcall.runs.ledger.tables": ("Outcomes",),
        },
    )
