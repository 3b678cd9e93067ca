"""A stream of events to a stream of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from itertools import count
from threading import Event
from typing import Any, Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.batcher import Batch, batches
from portcall.delivery.channel import Channel
from portcall.delivery.delivery import Delivery
from portcall.delivery.dispatcher import Dispatcher
from portcall.delivery.failures import rejection
from portcall.delivery.journal import Journal
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import Item, preparer
from portcall.delivery.reorder_buffer import ReorderBuffer
from portcall.delivery.worker_pool import WorkerPool

MOST_HELD: Final = 10_000
"""So many outcomes wait for one before them; then no more is begun until it is there."""


def deliver(
    plan: Plan, channel: Channel, events: Iterable[Any], journal: Journal | None = None
) -> Delivery:
    """Deliver events as they come.

    Args:
        plan: What to do with them.
        channel: The connection.
        events: Read one by one, by whoever iterates over the outcomes.
        journal: Hears what is about to be sent, and what became of it.

    Returns:
        One outcome for each event, in their order. Iterating over it raises what reading the events
        raised, after the outcomes of all that came before.
    """
    stop = Event()
    return Delivery(_outcomes(plan, Dispatcher(plan, channel, stop, journal), events, stop), stop)


def _outcomes(
    plan: Plan, dispatcher: Dispatcher, events: Iterable[Any], stop: Event
) -> Generator[Outcome]:
    broken: list[Exception] = []
    prepared = _prepared(
        events, preparer(plan, partial(rejection, dispatcher.channel)), broken, stop
    )
    made = batches(prepared, plan.batching)
    if plan.workers == 1:
        yield from _in_turn(made, dispatcher, stop)
    else:
        size = plan.batching.size if plan.batching else 1
        yield from _at_once(made, WorkerPool(dispatcher.send, plan.workers, size), stop)
    if broken:
        raise broken[0]


def _prepared(
    events: Iterable[Any],
    prepare: Callable[[int, Any], Item | Outcome],
    broken: list[Exception],
    stop: Event,
) -> Iterator[Item | Outcome]:
    """Read and prepare; where reading breaks, what was read before is delivered first."""
    stream = iter(events)
    for index in count():
        if stop.is_set():
            return
        try:
            event = next(stream)
        except StopIteration:
            return
        except Exception as exc:  # noqa: BLE001  # raised again when all before it have outcomes
            broken.append(exc)
            return
        yield prepare(index, event)


def _in_turn(
    batches: Iterator[Batch | Outcome], dispatcher: Dispatcher, stop: Event
) -> Iterator[Outcome]:
    buffer = ReorderBuffer()
    try:
        for batch in batches:
            yield from buffer.put(
                (batch,) if isinstance(batch, Outcome) else dispatcher.send(batch)
            )
    finally:
        stop.set()


def _at_once(
    batches: Iterator[Batch | Outcome], pool: WorkerPool, stop: Event
) -> Iterator[Outcome]:
    buffer = ReorderBuffer()
    try:
        yield from _fed(batches, pool, buffer)
        while pool.under_way:
            yield from buffer.put(pool.collect())
    except BaseException as exc:
        stop.set()
        # Who interrupts does not want to wait for what is under way.
        pool.end(wait=not isinstance(exc, KeyboardInterrupt))
        raise
    pool.end(wait=True)


def _fed(
    batches: Iterator[Batch | Outcome], pool: WorkerPool, buffer: ReorderBuffer
) -> Iterator[Outcome]:
    for batch in batches:
        if isinstance(batch, Outcome):
            yield from buffer.put((batch,))
        else:
            pool.submit(batch)
        while pool.is_full or (pool.under_way and len(buffer) > MOST_HELD):
            yield from buffer.put(pool.collect())
