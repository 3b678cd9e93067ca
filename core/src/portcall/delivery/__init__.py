"""From events to outcomes: filter, map, check, group, send, and send again what may be sent again."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.delivery.alike import (
        Alike as Alike,
    )
    from portcall.delivery.asking import (
        ask as ask,
        list_choices as list_choices,
    )
    from portcall.delivery.batch import (
        KeyedEvent as KeyedEvent,
    )
    from portcall.delivery.channel import (
        Channel as Channel,
    )
    from portcall.delivery.delivery import (
        Delivery as Delivery,
    )
    from portcall.delivery.engine import (
        deliver as deliver,
    )
    from portcall.delivery.idle import (
        IDLE as IDLE,
        Idle as Idle,
    )
    from portcall.delivery.journal import (
        Journal as Journal,
    )
    from portcall.delivery.performing import (
        perform as perform,
    )
    from portcall.delivery.plan import (
        Plan as Plan,
    )
    from portcall.delivery.retry import (
        Retry as Retry,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.delivery.alike": ("Alike",),
            "portcall.delivery.asking": (
                "ask",
                "list_choices",
            ),
            "portcall.delivery.batch": ("KeyedEvent",),
            "portcall.delivery.channel": ("Channel",),
            "portcall.delivery.delivery": ("Delivery",),
            "portcall.delivery.engine": ("deliver",),
            "portcall.delivery.idle": (
                "IDLE",
                "Idle",
            ),
            "portcall.delivery.journal": ("Journal",),
            "portcall.delivery.performing": ("perform",),
            "portcall.delivery.plan": ("Plan",),
            "portcall.delivery.retry": ("Retry",),
        },
    )
