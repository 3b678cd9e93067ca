"""What is to be delivered and how, checked before the first event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import attrs

from portcall.actions import Action
from portcall.actions.batching import Batching
from portcall.actions.fql import Subscription
from portcall.actions.mapping import CompiledMapping
from portcall.actions.mapping.validate import examine
from portcall.actions.payloads import Pack, Read, packer
from portcall.delivery.retry import Retry
from portcall.errors import SettingsError

MOST_WORKERS = 1024


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """What is to be delivered and how; what cannot work is refused here, not at some event.

    Args:
        action: What is done with each event.
        read: Makes the payload.
        pack: Makes the payload and its JSON, where the action's batches need that; else None.
        matches: Says if an event is wanted; None for all.
        workers: How many calls are under way at once; None for as many as the answers' latency is worth.
        saved: What ``on_save`` gave.
        sync_mode: One of the action's.
        retry: When to try again.
        salt: Makes idempotency keys differ between subscriptions.
    """

    action: Action
    read: Callable[[Mapping[str, Any]], Any]
    pack: Pack | None
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
    ) -> Plan:
        """Check what `Connection.deliver` was given.

        Raises:
            MappingError, SubscriptionError, SettingsError: It cannot work.
        """
        subscribe = action.subscribe if subscribe is None else subscribe
        if workers is not None and not 1 <= workers <= MOST_WORKERS:
            raise SettingsError(f"workers must be between 1 and {MOST_WORKERS}; it is {workers}")
        read = action.read if mapping is None else action.reader(mapping)
        return cls(
            action=action,
            read=read,
            pack=_pack(action, mapping, read),
            matches=Subscription.parse(subscribe).matches if subscribe else None,
            workers=workers,
            saved=saved,
            sync_mode=_sync_mode(action, sync_mode),
            retry=retry or Retry(),
            salt=_salt(action, mapping, subscribe),
        )


def _pack(action: Action, mapping: object, read: Read) -> Pack | None:
    if action.batching is None or not action.batching.encodes:
        return None
    if mapping is None:
        return _usual_pack(action, action.batching)
    return packer(action.payload_class, mapping, read=read, to_json=action.batching.to_json)


@lru_cache(maxsize=64)
def _usual_pack(action: Action, batching: Batching) -> Pack:
    """Generate once what the action's own mapping needs."""
    cls, to_json = action.payload_class, batching.to_json
    return packer(cls, action.mapping, read=action.read, to_json=to_json)


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
