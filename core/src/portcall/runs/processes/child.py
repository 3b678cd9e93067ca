"""A process of a run: it sends the events that the run hands out to it, and keeps no file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from threading import Thread
from typing import Any, BinaryIO, Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.connection import Connection
from portcall.delivery.alike import Alike
from portcall.delivery.dispatcher import STOPPED
from portcall.delivery.engine import deliver
from portcall.delivery.plan import Plan
from portcall.runs.circuit import watched
from portcall.runs.processes.asking import Asking
from portcall.runs.processes.chunks import BEGIN
from portcall.runs.processes.error_values import to_error
from portcall.runs.processes.event_places import Places
from portcall.runs.processes.frames import Messages, read_frame, read_messages
from portcall.runs.processes.handed_events import HandedEvents
from portcall.runs.processes.outcome_values import to_groups
from portcall.runs.processes.remote_run import RemoteCircuit, RemoteJournal, RemoteStop
from portcall.runs.processes.reopening import planned_again, reopened
from portcall.runs.run_options import RunOptions

STARTED: Final = "started"
FAILED: Final = "failed"


def main(descriptors: Sequence[int]) -> None:
    """Run as a process of a run.

    Args:
        descriptors: Of pipes: the run's answers, the messages to the run, and the events of each
            subscription.
    """
    answers, told, *events = descriptors
    messages = Messages(told)
    with os.fdopen(answers, "rb") as heard:
        heard_of = read_messages(heard)
        order = next(heard_of, None)
        if order is None:
            return
        try:
            parts = _opened(order[0], messages, events)
        except Exception as exc:  # noqa: BLE001  # the run tells of it
            messages.send([FAILED, to_error(exc)])
            return
        messages.send([STARTED, os.getpid()])
        for part in parts:
            Thread(target=part.run, name="portcall-subscription", daemon=True).start()
        _hear(heard_of, parts)
    _end()


def _opened(order: Mapping[str, Any], messages: Messages, events: Sequence[int]) -> list[_Part]:
    _, connection = reopened(order["connection"])
    options = RunOptions(**order["options"])
    plans = [planned_again(each, connection.destination) for each in order["plans"]]
    asking = Asking(messages)
    return [
        _Part(place, plan, connection, options, asking, is_live=order["is_live"], wait_s=order["wait_s"],
              events=os.fdopen(descriptor, "rb", 1 << 16))
        for place, (plan, descriptor) in enumerate(zip(plans, events, strict=True))
    ]  # fmt: skip


def _hear(messages: Iterator[list[Any]], parts: Sequence[_Part]) -> None:
    """Read the run's answers until the run ends or is killed."""
    for kind, *rest in messages:
        if kind == "stop":
            parts[rest[0]].stop.end_here()
        elif kind == "over":
            return
        else:
            parts[0].asking.answer(*rest)


def _end() -> None:
    """End at once, except that a refresh of a token may finish."""
    from portcall.credentials import single_flight  # noqa: PLC0415

    single_flight.wait_for_all()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


@attrs.define(eq=False)
class _Part:
    """One subscription of the run in this process.

    Args:
        place: Its number among the run's subscriptions.
        plan: What is to be delivered.
        connection: Whose events they are.
        options: How.
        asking: Sends questions to the run.
        is_live: Events come as they happen.
        wait_s: How long from now the run waits until an instant that the destination names.
        events: The pipe of its events.
    """

    place: int
    plan: Plan
    connection: Connection
    options: RunOptions
    asking: Asking
    is_live: bool
    wait_s: float
    events: BinaryIO
    stop: RemoteStop = attrs.field(init=False)
    circuit: RemoteCircuit = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.stop = RemoteStop(self.asking)
        self.circuit = RemoteCircuit(self.asking, self.place, self.stop, self.wait_s)
        self.plan = self.options.to_plan(
            self.plan,
            self.circuit.until,
            is_live=self.is_live,
            waits_until=self.circuit.waits_until,
        )

    def run(self) -> None:
        """Deliver the events that come through the pipe, one delivery after another."""
        while (frame := read_frame(self.events)) is not None:
            if frame == BEGIN:
                self._deliver()

    def _deliver(self) -> None:
        places = Places()
        ended: set[int] = set()
        stream = HandedEvents(self.events, places, partial(self.asking.tell, ["more", self.place]))
        journal = RemoteJournal(self.asking, self.place, places, ended, self.circuit)
        channel = watched(self.connection.channel(), self.circuit, self.stop)
        fault = None
        try:
            delivery = deliver(self.plan, channel, stream.events(), journal)
            with closing(delivery), self.stop.watching(delivery):
                for outcomes in delivery.several():
                    self._tell_unsent(stream.explained(outcomes), places, ended)
        except Exception as exc:  # noqa: BLE001  # the run raises it
            fault = None if journal.is_refused else to_error(exc)
        stream.drain()
        if left := places.rest(stream.taken):
            self.asking.tell(["rest", self.place, [[["retry", STOPPED, "", None, 0, None], left]]])
        self.asking.tell(["done", self.place, fault])

    def _tell_unsent(self, outcomes: Sequence[Outcome], places: Places, ended: set[int]) -> None:
        """Report the outcomes of events that were not sent; the journal has reported the others."""
        if isinstance(outcomes, Alike):
            was_sent = outcomes.indexes[0] in ended
            unsent: Sequence[Outcome] = () if was_sent else outcomes
            ended.difference_update(outcomes.indexes)
            last = outcomes.indexes[-1]
        else:
            unsent = [each for each in outcomes if each.index not in ended]
            ended.difference_update([each.index for each in outcomes])
            last = outcomes[-1].index
        if unsent:
            self.asking.tell(["rest", self.place, to_groups(unsent, places)])
        places.forget(last + 1)
