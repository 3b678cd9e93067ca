"""What is to be delivered and how, checked before the first event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypedDict

import attrs

from portcall.actions.action import Action
from portcall.actions.batching import Batching
from portcall.actions.callee import Callee
from portcall.actions.fql import Subscription
from portcall.actions.mapping.compiler import CompiledMapping
from portcall.actions.mapping.validate import examine
from portcall.actions.payloads import Pack, PackMany, Read, all_odd, packer, packer_of_many
from portcall.actions.presets import check_declared, find_preset, starting_from
from portcall.delivery.retry import Retry
from portcall.delivery.worker_bound import MOST_WORKERS
from portcall.errors import MappingError, SettingsError, SubscriptionError


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """What is to be delivered and how; what cannot work is refused here, not at some event.

    Args:
        action: What is done with each event.
        batching: How many events go at once; None where they go one by one.
        read: Makes the payload.
        pack: Makes the payload and its JSON, where the action's batches need that; else None.
        pack_many: Does the same for many events at once, the filter included.
        matches: Returns whether an event is wanted; None for all.
        workers: How many calls are under way at once; None for as many as the answers' latency is worth.
        saved: What ``on_save`` returned.
        sync_mode: One of the action's.
        retry: When to try again.
        salt: Makes idempotency keys differ between subscriptions.
        max_age_s: A batch leaves when its oldest event has waited for so many seconds; None for no bound by
            time.
        regroups: Events that were not delivered come again later, in other batches: the key of a batch, which
            depends on the events in it, does not make it repeatable.

    Attributes:
        callee: The function of the author's that is called.
        repeatable: An event may be sent again where it was maybe applied: that does no harm, or it carries
            a key.
    """

    action: Action
    batching: Batching | None
    read: Callable[[Mapping[str, Any]], Any]
    pack: Pack | None
    matches: Callable[[Mapping[str, Any]], bool] | None
    workers: int | None
    saved: Any
    sync_mode: str | None
    retry: Retry
    salt: bytes
    max_age_s: float | None = None
    pack_many: PackMany = all_odd
    regroups: bool = False
    callee: Callee = attrs.field(init=False)
    repeatable: bool = attrs.field(init=False)

    @callee.default
    def _callee(self) -> Callee:
        return (self.batching or self.action).callee

    @repeatable.default
    def _repeatable(self) -> bool:
        has_key = "idempotency_key" in self.callee.names
        return self.action.idempotent or (has_key and not (self.regroups and self.batching))

    @classmethod
    def of(
        cls,
        action: Action,
        *,
        mapping: object = None,
        subscribe: str | None = None,
        preset: str | None = None,
        workers: int | None = 1,
        saved: Any = None,
        sync_mode: str | None = None,
        retry: Retry | None = None,
        batched: bool = True,
        max_age_s: float | None = None,
        regroups: bool = False,
    ) -> Plan:
        """Check what `Connection.deliver` or `Connection.perform` was given.

        Args:
            action: What is done with each event.
            mapping: In place of the fields' own defaults, if not None.
            subscribe: In place of the action's own filter, if not None; empty for every event.
            preset: The name of one of the action's presets to start from.
            workers: As in `Plan`.
            saved: As in `Plan`.
            sync_mode: One of the action's; its first if None.
            retry: As in `Plan`; the usual one if None.
            batched: Send batches, where the action takes them.
            max_age_s: As in `Plan`; what the action's author set if None.
            regroups: As in `Plan`.

        Raises:
            MappingError, SubscriptionError, SettingsError: It cannot work.
            HookError: What the action declares cannot work.
        """
        if preset is not None:
            start = find_preset(action, preset)
            check_declared(action, start, filters=subscribe is None, maps=True)
            subscribe = start.subscribe if subscribe is None else subscribe
            mapping = starting_from(action, start, mapping)
        own_filter, own_mapping = subscribe is None, mapping is None
        batching = action.batching if batched else None
        if workers is not None and not 1 <= workers <= MOST_WORKERS:
            raise SettingsError(f"workers must be between 1 and {MOST_WORKERS}; it is {workers}")
        sync_mode = _sync_mode(action, sync_mode)
        subscribe = action.subscribe if subscribe is None else subscribe
        try:
            generated = _generated(action, batching, mapping, subscribe, sync_mode)
        except (MappingError, SubscriptionError):
            check_declared(action, None, filters=own_filter, maps=own_mapping)
            raise
        return cls(
            action=action,
            batching=batching,
            **generated,
            workers=workers,
            saved=saved,
            sync_mode=sync_mode,
            retry=retry or Retry(),
            salt=_salt(action, mapping, subscribe),
            max_age_s=max_age_s or (batching.max_age_s if batching else None),
            regroups=regroups,
        )


class _Generated(TypedDict):
    """The functions of a plan that are generated for its mapping and its filter."""

    read: Read
    pack: Pack | None
    pack_many: PackMany
    matches: Callable[[Mapping[str, Any]], bool] | None


def _generated(
    action: Action,
    batching: Batching | None,
    mapping: object,
    subscribe: str,
    sync_mode: str | None,
) -> _Generated:
    read = action.reader(mapping, sync_mode=sync_mode)
    pack = _pack(action, batching, mapping, read, sync_mode)
    filtered = Subscription.parse(subscribe) if subscribe else None
    return {
        "read": read,
        "pack": pack,
        "pack_many": _pack_many(action, batching, mapping, filtered, sync_mode),
        "matches": filtered.matches if filtered else None,
    }


def _pack(
    action: Action, batching: Batching | None, mapping: object, read: Read, sync_mode: str | None
) -> Pack | None:
    if batching is None or not batching.encodes:
        return None
    if mapping is None:
        return _usual_pack(action, batching, sync_mode)
    cls, to_json = action.payload_class, batching.to_json
    return packer(cls, mapping, read=read, to_json=to_json, sync_mode=sync_mode)


@lru_cache(maxsize=64)
def _usual_pack(action: Action, batching: Batching, sync_mode: str | None) -> Pack:
    """Generate once what the action's own mapping needs."""
    cls, to_json = action.payload_class, batching.to_json
    read = action.reader(sync_mode=sync_mode)
    return packer(cls, action.mapping, read=read, to_json=to_json, sync_mode=sync_mode)


def _pack_many(
    action: Action,
    batching: Batching | None,
    mapping: object,
    filtered: Subscription | None,
    sync_mode: str | None,
) -> PackMany:
    if batching is None or batching.keys or batching.by_membership:
        return all_odd
    if mapping is None:
        return _usual_pack_many(action, batching, filtered, sync_mode)
    condition = filtered.condition if filtered else None
    return packer_of_many(action.payload_class, mapping, condition, batching, sync_mode)


@lru_cache(maxsize=64)
def _usual_pack_many(
    action: Action, batching: Batching, filtered: Subscription | None, sync_mode: str | None
) -> PackMany:
    """Generate once what the action's own mapping needs."""
    condition = filtered.condition if filtered else None
    return packer_of_many(action.payload_class, action.mapping, condition, batching, sync_mode)


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
