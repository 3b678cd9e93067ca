"""A stream of events to a stream of outcomes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import partial
from threading import Event
from typing import Any, Final, TypeAlias

from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.batcher import Batcher
from portcall.delivery.channel import Channel
from portcall.delivery.delivery import Delivery
from portcall.delivery.dispatcher import Dispatcher
from portcall.delivery.event_reader import EventReader
from portcall.delivery.failures import rejection
from portcall.delivery.grouping import Grouping
from portcall.delivery.idle import IDLE, Idle
from portcall.delivery.journal import Journal
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import Prepare, keeps_events, preparer
from portcall.delivery.reorder_buffer import ReorderBuffer
from portcall.delivery.worker_pool import WorkerPool

Made: TypeAlias = Iterator[Batch | Outcome | Sequence[Outcome] | Idle]

MOST_HELD: Final = 10_000
"""So many outcomes wait for one before them; then no more is begun until it is there."""


def deliver(
    plan: Plan,
    channel: Channel,
    events: Iterable[Any],
    journal: Journal | None = None,
    *,
    in_turn: bool = False,
) -> Delivery:
    """Deliver events as they come.

    Args:
        plan: What to do with them.
        channel: The connection.
        events: Read one by one, while the outcomes are iterated over. `IDLE` in place of an event says that
            none has come for a moment: batches that are old enough leave, and outcomes that are there come.
        journal: Hears what is about to be sent, and what became of it.
        in_turn: One call after another, by the thread that iterates, whatever the plan says.

    Returns:
        One outcome for each event, in their order. Iterating over it raises what reading the events
        raised, after the outcomes of all that came before.
    """
    stop = Event()
    dispatcher = Dispatcher(plan, channel, stop, journal)
    run = _in_turn if in_turn or plan.workers == 1 else _at_once
    return Delivery(run(_made(plan, events, dispatcher), dispatcher), stop)


def _made(plan: Plan, events: Iterable[Any], dispatcher: Dispatcher) -> Made:
    """Return what can be sent, and the outcomes of what cannot, as it is iterated over."""
    prepare = preparer(plan, partial(rejection, plan, dispatcher.channel))
    batching = plan.batching
    if batching is None:
        return _prepared(events, prepare, dispatcher)
    if batching.keys or batching.by_membership:
        batcher = Batcher(batching, plan.max_age_s, keeps=keeps_events(plan))
        return batcher.batches(_prepared(events, prepare, dispatcher))
    reader = EventReader(events, dispatcher.stop, dispatcher.broken)
    return Grouping(plan, prepare).batches(reader)


def _prepared(
    events: Iterable[Any], prepare: Prepare, dispatcher: Dispatcher
) -> Iterator[Batch | Outcome | Idle]:
    """Read and prepare; where reading breaks, what was read before is delivered first."""
    stop, stream = dispatcher.stop, iter(events)
    index = 0
    while not stop.is_set():
        try:
            event = next(stream)
        except StopIteration:
            return
        except Exception as exc:  # noqa: BLE001  # raised again when all before it have outcomes
            dispatcher.broken.append(exc)
            return
        if event is IDLE:
            yield IDLE
            continue
        yield prepare(index, event)
        index += 1


def _in_turn(made: Made, dispatcher: Dispatcher) -> Generator[Sequence[Outcome]]:
    buffer = ReorderBuffer()
    try:
        for each in made:
            if each is IDLE:
                continue
            if isinstance(each, Outcome):
                yield from buffer.put((each,))
            else:
                yield from buffer.put(dispatcher.send(each) if isinstance(each, Batch) else each)
            if buffer.held > MOST_HELD:
                yield from buffer.put(dispatcher.judge(last=True))
        yield from buffer.put(dispatcher.judge(last=True))
    finally:
        dispatcher.stop.set()
    if dispatcher.broken:
        raise dispatcher.broken[0]


def _at_once(made: Made, dispatcher: Dispatcher) -> Generator[Sequence[Outcome]]:
    plan, buffer = dispatcher.plan, ReorderBuffer()
    pool = WorkerPool(dispatcher.send, plan.workers, plan.batching.size if plan.batching else 1)
    try:
        yield from _fed(made, dispatcher, pool, buffer)
        pool.close()
        while pool.under_way:
            yield from buffer.put(pool.collect())
        yield from buffer.put(dispatcher.judge(last=True))
    except BaseException as exc:
        dispatcher.stop.set()
        # Who interrupts does not want to wait for what is under way.
        pool.end(wait=not isinstance(exc, KeyboardInterrupt))
        raise
    pool.end(wait=True)
    if dispatcher.broken:
        raise dispatcher.broken[0]


def _fed(
    made: Made,
    dispatcher: Dispatcher,
    pool: WorkerPool,
    buffer: ReorderBuffer,
) -> Iterator[Sequence[Outcome]]:
    for each in made:
        if each is IDLE:
            while pool.has_done:
                yield from buffer.put(pool.collect())
        elif isinstance(each, Outcome):
            yield from buffer.put((each,))
        elif isinstance(each, Batch):
            pool.submit(each)
        else:
            yield from buffer.put(each)
        while pool.is_full or (pool.under_way and buffer.held > MOST_HELD):
            yield from buffer.put(pool.collect())
        if buffer.held > MOST_HELD:
            yield from buffer.put(dispatcher.judge(last=True))
