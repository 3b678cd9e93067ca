"""The key of a batch: equal for two items exactly if the JSON of their key fields is equal."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from operator import attrgetter
from typing import Any, Final

import attrs

from portcall.actions.batching import Batching
from portcall.actions.membership import membership_of
from portcall.delivery.batch import Batch

_OWN_EQUALITY: Final = frozenset({str, type(None)})
"""Types that are equal to no value of another type."""


def item_key(batching: Batching) -> Callable[[Batch], Hashable]:
    """Make the function that returns the key of the batch that an event, a batch of one, belongs to.

    Args:
        batching: Its ``keys`` are compared by `comparable`; where it asks for the membership, items to
            add and items to remove have different keys.
    """
    read: Callable[[Any], Any] = attrgetter(*batching.keys) if batching.keys else _nothing
    by_membership = batching.by_membership

    def key(one: Batch) -> Hashable:
        value = read(one.payloads[0])
        found = value if value.__class__ in _OWN_EQUALITY else _whole(value)
        return (found, membership_of(one.events[0])) if by_membership else found

    return key


def comparable(value: Any) -> Hashable:
    """Return what is equal for two values exactly if they are the same in JSON.

    Args:
        value: A field of a payload. Python holds 1, 1.0 and true for equal; here they differ. Objects are
            equal whatever the order of their keys, lists and tuples by their items.

    Raises:
        RecursionError: The value is nested too deeply.
    """
    kind = value.__class__
    if kind in _OWN_EQUALITY:
        return value  # type: ignore[no-any-return]
    if isinstance(value, Mapping):
        return dict, frozenset([(comparable(k), comparable(each)) for k, each in value.items()])
    if isinstance(value, list | tuple):
        return list, tuple([comparable(each) for each in value])
    if attrs.has(kind):
        return kind, tuple([comparable(getattr(value, a.name)) for a in attrs.fields(kind)])
    try:
        hash(value)
    except TypeError:
        return kind, repr(value)
    return kind, value


def _whole(value: Any) -> Hashable:
    try:
        return comparable(value)
    except RecursionError:
        return object()  # equal to no other key: an item alone in its batch is never in a wrong one


def _nothing(_: object) -> None:
    return None
