"""Single events, durable until each of them has one outcome."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.outbox.clock import (
        Clock as Clock,
    )
    from portcall.outbox.opening import (
        open_outbox as open_outbox,
    )
    from portcall.outbox.outbox import (
        Outbox as Outbox,
    )
    from portcall.outbox.put import (
        Put as Put,
    )
    from portcall.outbox.records import (
        DEAD_LETTERS as DEAD_LETTERS,
        MOST_LOST as MOST_LOST,
        OUTCOMES as OUTCOMES,
        STATES as STATES,
        Bounds as Bounds,
        Claim as Claim,
        ConnectionStatus as ConnectionStatus,
        Entry as Entry,
        Finding as Finding,
        Lane as Lane,
        NewEvent as NewEvent,
        OutboxStatus as OutboxStatus,
        ReadyLane as ReadyLane,
        Settlement as Settlement,
        State as State,
        Wanted as Wanted,
    )
    from portcall.outbox.sqlite.sqlite_outbox import (
        SQLiteOutbox as SQLiteOutbox,
    )
    from portcall.outbox.storage import (
        LeaseLostError as LeaseLostError,
        OutboxStorage as OutboxStorage,
    )
    from portcall.outbox.workers import (
        Workers as Workers,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.outbox.clock": ("Clock",),
            "portcall.outbox.opening": ("open_outbox",),
            "portcall.outbox.outbox": ("Outbox",),
            "portcall.outbox.put": ("Put",),
            "portcall.outbox.records": (
                "DEAD_LETTERS",
                "MOST_LOST",
                "OUTCOMES",
                "STATES",
                "Bounds",
                "Claim",
                "ConnectionStatus",
                "Entry",
                "Finding",
                "Lane",
                "NewEvent",
                "OutboxStatus",
                "ReadyLane",
                "Settlement",
                "State",
                "Wanted",
            ),
            "portcall.outbox.sqlite.sqlite_outbox": ("SQLiteOutbox",),
            "portcall.outbox.storage": (
                "LeaseLostError",
                "OutboxStorage",
            ),
            "portcall.outbox.workers": ("Workers",),
        },
    )
