"""Events to begin with, in Segment's shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from portcall import SubscriptionError
from portcall.previews.authors import matched

_TRAITS: Final = {"name": "Ada Okafor", "email": "ada@example.com", "plan": "pro"}
_EVENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Order completed": {
        "type": "track",
        "event": "Order Completed",
        "properties": {
            "order_id": "o-1042",
            "total": 27.5,
            "currency": "EUR",
            "email": "ada@example.com",
            "products": [
                {"product_id": "HC-102", "name": "Night Shift", "price": 27.5, "quantity": 1}
            ],
        },
    },
    "Signed up": {
        "type": "track",
        "event": "Signed Up",
        "properties": {"plan": "pro", "email": "ada@example.com"},
    },
    "Identify": {"type": "identify", "traits": _TRAITS},
    "Page": {
        "type": "page",
        "name": "Pricing",
        "properties": {
            "url": "https://example.com/pricing",
            "path": "/pricing",
            "title": "Pricing",
        },
    },
    "Screen": {"type": "screen", "name": "Basket", "properties": {"items": 2}},
    "Group": {
        "type": "group",
        "groupId": "g-7",
        "traits": {"name": "Harbour Coffee", "employees": 12},
    },
    "Alias": {"type": "alias", "previousId": "a-81"},
}
_CONTEXT: Final = {
    "ip": "203.0.113.7",
    "locale": "en-GB",
    "userAgent": "Mozilla/5.0",
    "traits": {"email": "ada@example.com"},
    "page": {"url": "https://example.com/pricing", "path": "/pricing"},
}


def sample_names() -> list[str]:
    """Name the sample events."""
    return list(_EVENTS)


def sample_event(name: str) -> str:
    """Return one of the sample events as text; the first if there is none of that name."""
    event = _EVENTS.get(name) or next(iter(_EVENTS.values()))
    whole = {
        "messageId": f"try-{uuid4().hex[:12]}",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "userId": "u-7",
        "anonymousId": "a-81",
        **event,
        "context": _CONTEXT,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def fitting_name(subscribe: str) -> str:
    """Return the name of the first sample that a filter wants; the first of all if it wants none."""
    for name in _EVENTS:
        try:
            if matched(subscribe, json.loads(sample_event(name))):
                return name
        except SubscriptionError:
            break
    return next(iter(_EVENTS))
