"""A stream of events to a stream of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from threading import Event
from typing import Any, Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.crew import Crew
from portcall.delivery.cutting import Group, cut
from portcall.delivery.link import Link
from portcall.delivery.order import Order
from portcall.delivery.ordering import Ordered
from portcall.delivery.preparing import Item, preparer
from portcall.delivery.sending import Sender

AHEAD: Final = 2
"""How many groups there are for each worker: the one it is at, and the one it takes next."""

MOST_HELD: Final = 10_000
"""So many outcomes wait for one before them; then no more is begun until it is there."""


def deliver(order: Order, link: Link, events: Iterable[Any]) -> Iterator[Outcome]:
    """Deliver events as they come.

    Args:
        order: What to do with them.
        link: The connection.
        events: Read one by one, by whoever iterates over the outcomes.

    Yields:
        One outcome for each event, in their order.

    Raises:
        Exception: What reading the events raised, after the outcomes of all that came before.
    """
    prepare = preparer(order, link)
    stop = Event()
    sender = Sender(order, link, stop)
    broken: list[Exception] = []
    groups = cut(_prepared(events, prepare, broken), order.action.batching)
    if order.workers > 1:
        yield from _at_once(groups, Crew(order.workers, sender.send, stop), order.workers * AHEAD)
    else:
        yield from _in_turn(groups, sender, stop)
    if broken:
        raise broken[0]


def _prepared(
    events: Iterable[Any],
    prepare: Callable[[int, Any], Item | Outcome],
    broken: list[Exception],
) -> Iterator[Item | Outcome]:
    """Read and prepare; where reading breaks, what was read before is delivered first."""
    stream = iter(events)
    for index in count():
        try:
            event = next(stream)
        except StopIteration:
            return
        except Exception as exc:  # noqa: BLE001  # raised again when all before it have outcomes
            broken.append(exc)
            return
        yield prepare(index, event)


def _in_turn(groups: Iterator[Group | Outcome], sender: Sender, stop: Event) -> Iterator[Outcome]:
    ordered = Ordered()
    try:
        for group in groups:
            ordered.put((group,) if isinstance(group, Outcome) else sender.send(group))
            yield from ordered.ready()
    finally:
        stop.set()


def _at_once(groups: Iterator[Group | Outcome], crew: Crew, most: int) -> Iterator[Outcome]:
    ordered = Ordered()
    try:
        yield from _fed(groups, crew, most, ordered)
        while crew.under_way:
            ordered.put(crew.collect(wait=True))
            yield from ordered.ready()
    finally:
        crew.end()


def _fed(
    groups: Iterator[Group | Outcome], crew: Crew, most: int, ordered: Ordered
) -> Iterator[Outcome]:
    for group in groups:
        if isinstance(group, Outcome):
            ordered.put((group,))
        else:
            crew.submit(group)
        while crew.under_way >= most or (crew.under_way and len(ordered) > MOST_HELD):
            ordered.put(crew.collect(wait=True))
            yield from ordered.ready()
        yield from ordered.ready()
