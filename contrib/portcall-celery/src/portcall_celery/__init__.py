"""Celery for portcall: the events of an outbox delivered by a fleet of workers."""

from portcall_celery.dispatcher import Dispatcher
from portcall_celery.fleet import DELIVER, DELIVER_DUE, PortcallCelery
from portcall_celery.shared_rate_limit import SharedRateLimit, SharedRateLimitError

__all__ = [
    "DELIVER",
    "DELIVER_DUE",
    "Dispatcher",
    "PortcallCelery",
    "SharedRateLimit",
    "SharedRateLimitError",
]
