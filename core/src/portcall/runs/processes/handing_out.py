"""Hand out the events of one subscription to the processes, and put their outcomes in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from math import inf
from time import monotonic
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.engine import MOST_HELD
from portcall.delivery.idle import IDLE, Idle
from portcall.delivery.reorder_buffer import ReorderBuffer
from portcall.runs.inputs import Entry
from portcall.runs.processes.chunks import BEGIN, END, IDLE_NOW, to_chunk
from portcall.runs.processes.error_values import from_error
from portcall.runs.processes.fork_server import ProcessEndedError
from portcall.runs.processes.inbox import Inbox
from portcall.runs.processes.member import Member

AHEAD: Final = 2
"""How many chunks may wait for a process, in addition to the one that it works on."""


CHUNK_BYTES: Final = 256 << 10


CHUNK_AGE_S: Final = 0.05
"""Seconds after which a chunk leaves, counted from its first entry."""


class HandingOut:
    """Hands out the events of one subscription to the processes, and puts their outcomes in order.

    Args:
        place: The number of the subscription.
        members: The processes.
        entries: The events, as they were read.
        inbox: Collects the messages of the processes.
        size: How many entries are handed out at once.
        is_slow: The events come as they happen, or at a limited rate, so that chunks may be smaller.
    """

    def __init__(
        self,
        place: int,
        members: Sequence[Member],
        entries: Iterator[Entry | Idle],
        inbox: Inbox,
        size: int,
        *,
        is_slow: bool,
    ) -> None:
        self._place: Final = place
        self._is_slow: Final = is_slow
        self._entries: Final = entries
        self.inbox: Final = inbox
        self._size: Final = size
        self._members: Final = list(members)
        self._room: Final[dict[Member, int]] = {}
        self._buffer: Final = ReorderBuffer()
        self._next = 0
        self._is_over = False

    def outcomes(self) -> Generator[Sequence[Outcome]]:
        """Hand out the events, and return their outcomes in the order of the events."""
        is_stopped = self.inbox.ending.is_set
        self._begin()
        try:
            while not (self._is_over or is_stopped()):
                while not self.inbox.happenings.empty() or not self._may_hand_out():
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
        if self.inbox.broken:
            raise self.inbox.broken[0]

    def stop(self) -> None:
        """Stop handing out; requests in flight are finished."""
        for member in self._members:
            member.tell(["stop", self._place])
        self.inbox.stop()

    def _begin(self) -> None:
        for member in self._members:
            self._room[member] = AHEAD
            member.hand(self._place, BEGIN)

    def _may_hand_out(self) -> bool:
        return self.inbox.ending.is_set() or any(self._room.values())

    def _happened(self) -> Iterable[Sequence[Outcome]]:
        """Wait for a message of a process; return the outcomes that are next in order."""
        happening = self.inbox.happenings.get()
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
                self.inbox.break_off(from_error(said))
        elif self._room.pop(member, None) is not None:
            self.inbox.break_off(
                ProcessEndedError(
                    f"the process {member.number} of this run has ended ({member.how_it_ended()}); what it "
                    "was sending may have been delivered or not"
                )
            )
            for other in self._members:
                other.tell(["stop", self._place])
        return ()

    def _hand_out(self) -> None:
        """Read a chunk, and hand it to the process with the most room."""
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
        """Return the next events, and whether no other event came for a moment after them."""
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
                    if now >= ends_at or self.inbox.ending.is_set():
                        return lines, False
            if len(lines) == self._size:
                return lines, False
        except Exception as exc:  # noqa: BLE001  # raised again when all before it have outcomes
            self.inbox.broken.append(exc)
        self._is_over = True
        return lines, False

    def _flushed(self) -> Iterator[Sequence[Outcome]]:
        """Let every process finish its events; return the outcomes."""
        for member in list(self._room):
            member.hand(self._place, END)
        while self._room:
            yield from self._happened()

    def _end_now(self) -> None:
        """Wait for requests in flight; their outcomes are recorded, and not returned to the program."""
        self.stop()
        for _ in self._flushed():
            pass
