"""What is to be delivered and how, checked before the first event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import attrs

from portcall.actions import Action
from portcall.actions.fql import Subscription
from portcall.actions.mapping import CompiledMapping
from portcall.actions.mapping.validate import examine
from portcall.delivery.retry import Retry
from portcall.errors import SettingsError

MOST_WORKERS = 1024


@attrs.frozen(kw_only=True, eq=False)
class Order:
    """What is to be delivered and how; what cannot work is refused here, not at some event.

    Args:
        action: What is done with each event.
        read: Makes the payload.
        matches: Says if an event is wanted; None for all.
        workers: How many calls are under way at once; None for as many as the answers' latency is worth.
        saved: What ``on_save`` gave.
        sync_mode: One of the action's.
        retry: When to try again.
        salt: Makes idempotency keys differ between subscriptions.
    """

    action: Action
    read: Callable[[Mapping[str, Any]], Any]
    matches: Callable[[Mapping[str, Any]], bool] | None
    workers: int | None
    saved: Any
    sync_mode: str | None
    retry: Retry
    salt: bytes

    @classmethod
    def of(
        cls,
        action: Action,
        *,
        mapping: object,
        subscribe: str | None,
        workers: int | None,
        saved: Any,
        sync_mode: str | None,
        retry: Retry | None,
    ) -> Order:
        """Check what `Connection.deliver` was given.

        Raises:
            MappingError, SubscriptionError, SettingsError: It cannot work.
        """
        subscribe = action.subscribe if subscribe is None else subscribe
        if workers is not None and not 1 <= workers <= MOST_WORKERS:
            raise SettingsError(f"workers must be between 1 and {MOST_WORKERS}; it is {workers}")
        return cls(
            action=action,
            read=action.read if mapping is None else action.reader(mapping),
            matches=Subscription.parse(subscribe).matches if subscribe else None,
            workers=workers,
            saved=saved,
            sync_mode=_sync_mode(action, sync_mode),
            retry=retry or Retry(),
            salt=_salt(action, mapping, subscribe),
        )


def _sync_mode(action: Action, given: str | None) -> str | None:
    if given is not None and given not in action.sync_modes:
        known = ", ".join(action.sync_modes) or "none"
        raise SettingsError(f"action {action.name!r} has no sync mode {given!r}; it has {known}")
    return given or next(iter(action.sync_modes), None)


def _salt(action: Action, mapping: object, subscribe: str) -> bytes:
    mapping = action.mapping if mapping is None else mapping
    source = mapping.source if isinstance(mapping, CompiledMapping) else mapping
    node = json.dumps(examine(source)[0], sort_keys=True)
    return sha256(f"{action.name}\n{subscribe}\n{node}".encode("utf-8", "surrogatepass")).digest()
