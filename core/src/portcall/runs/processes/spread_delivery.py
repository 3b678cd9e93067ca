"""The delivery of one subscription by several processes: hands out events, and puts outcomes into order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from math import inf
from queue import SimpleQueue
from threading import Event
from time import monotonic
from typing import Any, Final, TypeAlias

from portcall.actions import Outcome
from portcall.delivery import IDLE, Delivery, Idle, Journal
from portcall.delivery.engine import MOST_HELD
from portcall.delivery.reorder_buffer import ReorderBuffer
from portcall.runs.inputs import Entry
from portcall.runs.processes.chunks import BEGIN, END, IDLE_NOW, to_chunk
from portcall.runs.processes.fork_server import ProcessEndedError
from portcall.runs.processes.member import Member
from portcall.runs.processes.told_outcomes import from_error, from_groups, gapless_parts

AHEAD: Final = 2
"""So many chunks wait for a process, beside the one that it is at."""

CHUNK_BYTES: Final = 256 << 10
CHUNK_AGE_S: Final = 0.05
"""A chunk leaves when its first entry has waited for so long."""

_Happening: TypeAlias = tuple[Member, str, Any]


class Handing:
    """What the threads that hear the processes leave to the thread that hands out.

    Args:
        journal: Of the subscription.
        broken: What ended the delivery.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal: Final = journal
        self.broken: Final[list[BaseException]] = []
        self.ending: Final = Event()
        self.happenings: Final[SimpleQueue[_Happening | None]] = SimpleQueue()

    def begun(self, indexes: Sequence[int]) -> str | None:
        """Write down that events are about to be sent; return why that cannot be, or None."""
        try:
            self.journal.begun(indexes)
        except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
            self.break_off(exc)
            return f"{exc}"
        return None

    def ended(self, member: Member, groups: Sequence[Any]) -> None:
        """Write down what became of events that were sent."""
        outcomes = from_groups(groups)
        try:
            self.journal.ended(outcomes)
        except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
            self.break_off(exc)
        self.settled(member, groups, outcomes)

    def settled(
        self, member: Member, groups: Sequence[Any], outcomes: Sequence[Outcome] | None = None
    ) -> None:
        """Pass on outcomes, which are written down where they have to be."""
        outcomes = from_groups(groups) if outcomes is None else outcomes
        for some in gapless_parts(outcomes, groups):
            self.happenings.put((member, "outcomes", some))

    def break_off(self, exc: BaseException) -> None:
        """Begin nothing else; *exc* is raised when all that was sent has its outcome."""
        self.broken.append(exc)
        self.stop()

    def stop(self) -> None:
        """Hand out no more."""
        self.ending.set()
        self.happenings.put(None)


class SpreadDelivery(Delivery):
    """The delivery of one subscription by several processes.

    Args:
        place: Which subscription it is.
        members: The processes.
        entries: The events, as they were read.
        handing: Where the processes' messages come together.
        size: How many entries are handed out at once.
        is_slow: They come as they happen, or by a rate: fewer go at once, where there are fewer.
    """

    __slots__ = ("_handing", "_members", "_place")

    def __init__(
        self,
        place: int,
        members: Sequence[Member],
        entries: Iterator[Entry | Idle],
        handing: Handing,
        size: int,
        *,
        is_slow: bool,
    ) -> None:
        self._place: Final = place
        self._members: Final = members
        self._handing: Final = handing
        work = _HandingOut(place, members, entries, handing, size, is_slow=is_slow)
        super().__init__(work.outcomes(), handing.ending)

    def stop(self) -> None:
        """End in good order: no event is handed out any more, what is being sent is finished."""
        super().stop()
        for member in self._members:
            member.tell(["stop", self._place])
        self._handing.stop()


class _HandingOut:
    def __init__(
        self,
        place: int,
        members: Sequence[Member],
        entries: Iterator[Entry | Idle],
        handing: Handing,
        size: int,
        *,
        is_slow: bool,
    ) -> None:
        self._place: Final = place
        self._is_slow: Final = is_slow
        self._entries: Final = entries
        self._handing: Final = handing
        self._size: Final = size
        self._members: Final = list(members)
        self._room: Final[dict[Member, int]] = {}
        self._buffer: Final = ReorderBuffer()
        self._next = 0
        self._is_over = False

    def outcomes(self) -> Generator[Sequence[Outcome]]:
        """Hand out, and return the outcomes in the order of the events."""
        is_stopped = self._handing.ending.is_set
        self._begin()
        try:
            while not (self._is_over or is_stopped()):
                while not self._handing.happenings.empty() or not self._may_hand_out():
                    yield from self._happened()
                if not is_stopped():
                    self._hand_out()
                if self._buffer.held > MOST_HELD and not self._is_over:
                    yield from self._flushed()
                    self._begin()
            yield from self._flushed()
        except GeneratorExit:
            self._end_now()
            raise
        if self._handing.broken:
            raise self._handing.broken[0]

    def _begin(self) -> None:
        for member in self._members:
            self._room[member] = AHEAD
            member.hand(self._place, BEGIN)

    def _may_hand_out(self) -> bool:
        return self._handing.ending.is_set() or any(self._room.values())

    def _happened(self) -> Iterable[Sequence[Outcome]]:
        """Wait for what a process has to say; return outcomes that can go on."""
        happening = self._handing.happenings.get()
        if happening is None:  # the run is to end
            return ()
        member, kind, said = happening
        if kind == "outcomes":
            return self._buffer.put(said)
        if kind == "more":
            self._room[member] += 1
        elif kind == "done":
            self._room.pop(member, None)
            if said is not None:
                self._handing.break_off(from_error(said))
        elif self._room.pop(member, None) is not None:
            self._handing.break_off(
                ProcessEndedError(
                    f"the process {member.number} of this run has ended ({member.how_it_ended()}); what it "
                    "was sending may have been delivered or not"
                )
            )
            for other in self._members:
                other.tell(["stop", self._place])
        return ()

    def _hand_out(self) -> None:
        """Read a chunk, and hand it to the process that has the most room."""
        lines, is_idle = self._read()
        if lines:
            member = max(self._room, key=self._room.__getitem__)
            self._room[member] -= 1
            member.hand(self._place, to_chunk(self._next, lines))
            self._next += len(lines)
        if is_idle:
            for member in self._room:
                member.hand(self._place, IDLE_NOW)

    def _read(self) -> tuple[list[bytes], bool]:
        """Return what was read as the next events, and whether none has come for a moment after them."""
        lines: list[bytes] = []
        room_bytes, ends_at = CHUNK_BYTES, inf
        try:
            for entry in islice(self._entries, self._size):
                if entry is IDLE:
                    return lines, True
                line = entry.raw if entry.is_event else b""
                lines.append(line)
                room_bytes -= len(line)
                if room_bytes <= 0:
                    return lines, False
                if self._is_slow:
                    now = monotonic()
                    ends_at = min(ends_at, now + CHUNK_AGE_S)
                    if now >= ends_at or self._handing.ending.is_set():
                        return lines, False
            if len(lines) == self._size:
                return lines, False
        except Exception as exc:  # noqa: BLE001  # raised again when all before it have outcomes
            self._handing.broken.append(exc)
        self._is_over = True
        return lines, False

    def _flushed(self) -> Iterator[Sequence[Outcome]]:
        """Let every process finish what it has; return the outcomes."""
        for member in list(self._room):
            member.hand(self._place, END)
        while self._room:
            yield from self._happened()

    def _end_now(self) -> None:
        """Wait for what is being sent; its outcomes are lost to the program, and written down."""
        self._handing.stop()
        for member in self._members:
            member.tell(["stop", self._place])
        for _ in self._flushed():
            pass
