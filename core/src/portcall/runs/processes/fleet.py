"""The processes of one run: they are forked at its first event, and end with the run."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final

import attrs

from portcall.connection import Connection
from portcall.delivery.idle import Idle
from portcall.delivery.journal import Journal
from portcall.runs.circuit import Circuit
from portcall.runs.inputs import Entry
from portcall.runs.pipelines.planning import PlannedSubscription
from portcall.runs.processes.count import workers_of
from portcall.runs.processes.error_values import from_error
from portcall.runs.processes.event_places import from_spans
from portcall.runs.processes.fork_server import ForkServer, ProcessEndedError
from portcall.runs.processes.frames import Message
from portcall.runs.processes.handing_out import HandingOut
from portcall.runs.processes.inbox import Inbox
from portcall.runs.processes.member import Member
from portcall.runs.processes.outcome_values import from_instant
from portcall.runs.processes.reopening import Reopening, options_json, plan_json
from portcall.runs.processes.spread_delivery import SpreadDelivery
from portcall.runs.run_spec import RunSpec
from portcall.runs.stop_signal import StopSignal

STARTS_WITHIN_S: Final = 60.0
"""Seconds within which a process must have imported its plugins."""

MOST_AT_ONCE: Final = 1000
ONE_BY_ONE: Final = 16
"""How many entries are handed out at once where each entry makes one request."""


@attrs.define(eq=False)
class _Part:
    """One subscription: the delivery under way, and its circuit."""

    inbox: Inbox
    circuit: Circuit


class Fleet:
    """The processes of one run.

    Args:
        spec: What is to be run.
        connection: The run's own.
        reopening: Opens the connection in the processes.
        count: The number of processes.
        stop: Ends the run.

    Raises:
        SettingsError: Other processes cannot open the connection, or cannot make the same plans.
    """

    def __init__(
        self,
        spec: RunSpec,
        connection: Connection,
        reopening: Reopening,
        count: int,
        stop: StopSignal,
    ) -> None:
        reopening.refuse_alone(connection.destination)
        self._spec: Final = spec
        self._stop: Final = stop
        self._count: Final = count
        self._order: Final = {
            "connection": reopening.to_json(connection.destination.slug),
            "options": options_json(spec.options),
            "is_live": spec.is_live,
        }
        self._plans: Final = [
            {**plan_json(each), "workers": workers_of(spec, each)} for each in spec.planned
        ]
        self._places: Final = {each.name: place for place, each in enumerate(spec.planned)}
        self._parts: Final[dict[int, _Part]] = {}
        self._server: ForkServer | None = None
        self._members: list[Member] = []
        self._gone: Final[set[Member]] = set()
        self._asked: Final[dict[tuple[Member, int], SimpleQueue[Message | None]]] = {}
        self._started: Final[SimpleQueue[tuple[Member, Message | None]]] = SimpleQueue()
        self._starting: Final = Lock()
        self._is_started = False
        self._failure: Exception | None = None

    def warm_up(self) -> ForkServer:
        """Return the fork server, and start its imports, as the first event is about to come."""
        if self._server is None:
            self._server = ForkServer()
        return self._server

    def begin(
        self,
        planned: PlannedSubscription,
        entries: Iterator[Entry | Idle],
        journal: Journal,
        circuit: Circuit,
    ) -> SpreadDelivery:
        """Begin the delivery of one subscription; the first one starts the processes.

        Raises:
            PortcallError: A process cannot be started; raised once, with the reason.
        """
        place, inbox = self._places[planned.name], Inbox(journal)
        self._parts[place] = _Part(inbox, circuit)
        with self._starting:
            self._start_once(circuit)
        members = [member for member in self._members if member not in self._gone]
        if not members:
            raise ProcessEndedError("all processes of this run have ended")
        is_slow = self._spec.is_live or self._spec.options.rate is not None
        size = self._size(planned)
        return SpreadDelivery(HandingOut(place, members, entries, inbox, size, is_slow=is_slow))

    def close(self) -> None:
        """End the processes, and wait for their end."""
        for asked in self._asked.values():
            asked.put(None)
        for member in self._members:
            member.end()
        for member in self._members:
            member.close()
        if self._server is not None:
            self._server.close()

    def _size(self, planned: PlannedSubscription) -> int:
        batching, rate = planned.plan.batching, self._spec.options.rate
        size = ONE_BY_ONE if batching is None else min(batching.size, MOST_AT_ONCE)
        return max(1, min(size, int(rate / 20))) if rate else size

    def _start_once(self, circuit: Circuit) -> None:
        if self._failure is not None:
            raise self._failure
        if not self._is_started:
            self._is_started = True
            try:
                self._start(circuit)
            except Exception as exc:
                self._failure = exc
                raise

    def _start(self, circuit: Circuit) -> None:
        server, ends_at = self.warm_up(), monotonic() + STARTS_WITHIN_S
        for place in range(self._count):
            plans = [
                {**plan, "workers": _share(plan["workers"], self._count, place)}
                for plan in self._plans
            ]
            wait_s = max(circuit.waits_until - monotonic(), 0.0)
            order = {**self._order, "plans": plans, "wait_s": wait_s}
            within_s = max(ends_at - monotonic(), 0.0)
            self._members.append(Member(server, within_s, order, len(self._places), self._hear))
        for _ in self._members:
            try:
                member, said = self._started.get(timeout=max(ends_at - monotonic(), 0.0))
            except Empty:
                raise ProcessEndedError(
                    f"a process of this run was not ready after {STARTS_WITHIN_S:.0f} s"
                ) from None
            if said is None:
                how = member.how_it_ended()
                raise ProcessEndedError(f"a process of this run cannot be started ({how})")
            if said[0] == "failed":
                raise from_error(said[1])

    def _hear(self, member: Member, message: Message | None) -> None:
        """Handle a message of a process, in the thread that reads its pipe."""
        if message is None:
            self._gone.add(member)
            self._started.put((member, None))
            for part in self._parts.values():
                part.inbox.happenings.put((member, "gone", None))
            return
        kind, *rest = message
        if kind in {"started", "failed"}:
            self._started.put((member, message))
        elif kind == "stop":
            why, reason, error = rest
            self._stop.end(why, reason, None if error is None else from_error(error))
        else:
            self._hear_of(member, self._parts[rest[0]], kind, rest[1:], message)

    def _hear_of(
        self, member: Member, part: _Part, kind: str, rest: list[Any], message: Message
    ) -> None:
        """Handle a message about one subscription."""
        inbox, circuit = part.inbox, part.circuit
        if kind == "begin":
            self._asker_of(member, message[1]).put(message)
        elif kind == "ended":
            inbox.ended(member, rest[0])
        elif kind == "rest":
            inbox.settled(member, rest[0])
        elif kind == "until":
            member.tell(["answer", rest[0], circuit.until() - monotonic()])
        elif kind == "answered":
            circuit.answered(rest[0], from_instant(rest[1]))
        elif kind == "trouble":
            circuit.failed(rest[0], from_instant(rest[1]))
        else:
            inbox.happenings.put((member, kind, rest[0] if rest else None))

    def _asker_of(self, member: Member, place: int) -> SimpleQueue[Message | None]:
        asked = self._asked.get((member, place))
        if asked is None:
            asked = self._asked[member, place] = SimpleQueue()
            Thread(
                target=self._answer, args=(member, asked), name="portcall-answers", daemon=True
            ).start()
        return asked

    def _answer(self, member: Member, asked: SimpleQueue[Message | None]) -> None:
        """Answer the processes that ask to send events; each answer may wait for the circuit."""
        while (message := asked.get()) is not None:
            _, place, number, spans = message
            part = self._parts[place]
            refused = part.inbox.begun(from_spans(spans))
            is_open = part.circuit.outage is not None
            member.tell(["answer", number, [refused, is_open, part.circuit.has_answered]])


def _share(workers: int | None, count: int, place: int) -> int | None:
    """Return one process's share of the calls that may be in flight at once."""
    return None if workers is None else workers // count + (place < workers % count)
