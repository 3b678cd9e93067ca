"""What one subscription knows of the events that it is about to send, and what it writes down of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from threading import Lock
from time import monotonic, time
from typing import Any, Final

import attrs

from portcall.delivery.idle import IDLE, Idle
from portcall.runs.inputs import Entry
from portcall.runs.ledger.event_keys import EventKeys, numbers_of
from portcall.runs.ledger.ledger_file import Ledger
from portcall.runs.ledger.tables import Outcomes, Row

AHEAD: Final = 1024
"""The number of entries that are looked up at once."""

AHEAD_BYTES: Final = 1 << 20

WRITE_S: Final = 1.0
"""How long an outcome waits at most before it is written, while there are events."""

_CODES: Final = {each.name.lower(): each for each in Outcomes}


class Remembered(Enum):
    """What is remembered of an entry."""

    NOTHING = "it may be sent"
    SENT = "it was delivered, by this run or an earlier one"
    DOUBT = "an earlier run was killed, and may have delivered it"
    UNCERTAIN = "an earlier run could not find out whether it was delivered"


_NOTHING: Final = Remembered.NOTHING
_REMEMBERED: Final = {
    Outcomes.DELIVERED: Remembered.SENT,
    Outcomes.BEGUN: Remembered.DOUBT,
    Outcomes.UNCERTAIN: Remembered.UNCERTAIN,
}


@attrs.define(eq=False)
class Memory:
    """The memory of one subscription in one run, in a ledger.

    An event's row is there before the event is sent, so that no other run sends it although this one is
    killed; what became of the event is written before the journal forgets it.

    Args:
        ledger: Where it is written.
        scope: Of the connection and the subscription.
        run: The number of the run.
        keys: Reads the key of an event.
        window_s: For how many seconds events are remembered.
        again: Everything is sent, whatever is remembered.
    """

    ledger: Ledger
    scope: int
    run: int
    keys: EventKeys = attrs.field(factory=EventKeys)
    window_s: float = 7 * 86_400.0
    again: bool = False
    _found: dict[int, Remembered] = attrs.field(factory=dict, init=False)
    _doubtful: dict[int, int] = attrs.field(factory=dict, init=False)
    _written: float = attrs.field(factory=monotonic, init=False)
    _ahead: deque[Entry] = attrs.field(factory=deque, init=False)
    _rows: dict[int, int] = attrs.field(factory=dict, init=False)
    _settled: list[tuple[int, str, str]] = attrs.field(factory=list, init=False)
    _lock: Any = attrs.field(factory=Lock, init=False)

    def ahead(self, entries: Iterator[Entry | Idle]) -> Iterator[Entry | Idle]:
        """Return the entries, some of them looked up at once; of a stream, those that are there."""
        some: list[Entry] = []
        size = 0
        for entry in entries:
            if entry is not IDLE:
                some.append(entry)
                size += len(entry.raw)
                if len(some) < AHEAD and size < AHEAD_BYTES:
                    continue
            self._look(some)
            yield from self._handed(some)
            some, size = [], 0
            if entry is IDLE:
                yield IDLE
        self._look(some)
        yield from self._handed(some)

    def left(self) -> Iterator[Entry]:
        """Return the entries that were looked up, and not taken from `ahead`."""
        while self._ahead:
            yield self._ahead.popleft()

    def _handed(self, some: Iterable[Entry]) -> Iterator[Entry]:
        self._ahead.extend(some)
        return self.left()

    def of(self, entry: Entry) -> Remembered:
        """Return what is remembered of an entry that was looked up; once."""
        found = self._found.pop(entry.number, _NOTHING) if self._found else _NOTHING
        if found is Remembered.SENT:
            self._doubtful.pop(entry.number, None)
        return found

    def resend(self, number: int) -> None:
        """Have what becomes of a doubtful entry written into its row: it is sent again."""
        with self._lock:
            self._rows[number] = self._doubtful.pop(number)

    def settle(self, number: int, kind: str, reason: str = "") -> None:
        """Take what became of an entry; `write` writes it."""
        self._settled.append((number, kind, reason))

    @property
    def is_due(self) -> bool:
        """Something is to be written that has waited for `WRITE_S`."""
        return bool(self._settled) and monotonic() - self._written >= WRITE_S

    def write(self) -> None:
        """Write what became of entries so far, in one transaction."""
        with self._lock:
            settled, self._settled = self._settled, []
            self._written = monotonic()
            found = [
                (row, kind, reason)
                for number, kind, reason in settled
                if (row := self._rows.pop(number, None)) is not None
            ]
            if found:
                self.ledger.settle(_spans(sorted(found)))

    def close(self, begun: Callable[[int], bool]) -> None:
        """Write what is left, and forget what was not sent.

        Args:
            begun: Returns whether an entry without an outcome may have been sent.
        """
        self.write()
        with self._lock:
            unsent = [row for number, row in self._rows.items() if not begun(number)]
            self._rows.clear()
            if unsent:
                self.ledger.release(unsent)

    def _look(self, entries: Iterable[Entry]) -> None:
        of = self.keys.of
        keys = {
            entry.number: key
            for entry in entries
            if entry.event is not None and (key := of(entry.event))
        }
        if not keys:
            return
        numbers = numbers_of(self.scope, list(keys.values()))
        asked = dict(zip(numbers, keys, strict=True))
        if len(asked) < len(keys) and not self.again:
            asked = {}
            for number, entry in zip(numbers, keys, strict=True):
                if asked.setdefault(number, entry) != entry:
                    self._found[entry] = Remembered.SENT  # twice in these few entries
        since = time() - self.window_s
        known, rows = self.ledger.claim(self.scope, self.run, asked, since, again=self.again)
        with self._lock:
            self._rows.update(rows)
        if not self.again:
            self._compare((asked[number], row) for number, row in known.items())

    def _compare(self, known: Iterable[tuple[int, Row]]) -> None:
        for number, row in known:
            is_own = (row.run, row.entry) == (self.run, number)
            if is_own and row.outcome == Outcomes.BEGUN:  # resumed: the journal knows more
                with self._lock:
                    self._rows[number] = row.id
            elif row.outcome == Outcomes.BEGUN and row.run == self.run:
                self._found[number] = Remembered.SENT  # the same key, earlier in this input
            elif row.outcome in _REMEMBERED:
                self._found[number] = _REMEMBERED[Outcomes(row.outcome)]
                self._doubtful[number] = row.id


def _spans(settled: Sequence[tuple[int, str, str]]) -> Iterator[tuple[int, int, int, str]]:
    """Return rows that follow each other, and have the same outcome, as one span."""
    begun = 0
    for place, (row, kind, reason) in enumerate(settled, 1):
        if place == len(settled) or settled[place] != (row + 1, kind, reason):
            yield settled[begun][0], row, _CODES[kind], reason
            begun = place
