"""From events to outcomes: filter, map, check, group, send, and send again what may be sent again."""

from portcall.delivery.alike import Alike
from portcall.delivery.asking import ask, list_choices
from portcall.delivery.batch import KeyedEvent
from portcall.delivery.channel import Channel
from portcall.delivery.delivery import Delivery
from portcall.delivery.engine import deliver
from portcall.delivery.idle import IDLE, Idle
from portcall.delivery.journal import Journal
from portcall.delivery.live_events import live_events
from portcall.delivery.performing import perform
from portcall.delivery.plan import Plan
from portcall.delivery.retry import Retry

__all__ = [
    "IDLE",
    "Alike",
    "Channel",
    "Delivery",
    "Idle",
    "Journal",
    "KeyedEvent",
    "Plan",
    "Retry",
    "ask",
    "deliver",
    "list_choices",
    "live_events",
    "perform",
]
