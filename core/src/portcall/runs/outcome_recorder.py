"""What became of each entry for one subscription: in the journal, the dead letters and the counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike
from portcall.delivery.dispatcher import STOPPED
from portcall.delivery.idle import Idle
from portcall.runs.checkpoint import Checkpoint
from portcall.runs.circuit import Circuit
from portcall.runs.counts import Counts, shortened
from portcall.runs.dead_letters import DeadLetters, about_undelivered
from portcall.runs.extent import Extent
from portcall.runs.inputs import Entry
from portcall.runs.journal_file import JournalFile
from portcall.runs.journal_records import AGAIN, DONE, number_of, record_outcomes
from portcall.runs.stop_signal import AUTHENTICATION, BROKEN, NETWORK, StopSignal

REACH_EVERY: Final = 512
"""Outcomes after which the journal records up to which entry all have one."""

MOST_WAITING: Final = 100_000
"""The number of events to be sent again that ends the run."""

ENDED: Final = "the run ended while this was being sent"
OVER: Final = "the run ended before this was sent"
NO_REASONS: Final = frozenset({OVER, STOPPED})


_index_of: Final = attrgetter("index")


def _never(_: Mapping[str, Any]) -> bool:
    return False


@attrs.define(eq=False)
class OutcomeRecorder:
    """Records outcomes so that no event is sent twice, and none is lost.

    The deliveries of the subscription have it as their `Journal`: `begun` and `ended` are called by the
    threads that send, all else by the thread that reads the input.

    Args:
        name: Of the subscription; what the journal knows it by.
        journal: None where the input cannot be read again.
        dead_letters: Where events go that were not delivered.
        show: Takes secrets out of a text and puts it on one line.
        stop: Ends the run.
        patience_s: For how long an event is tried again.
        strict: An event that an earlier run kept for another subscription is not for this one.
        repeats: Returns whether an event may be sent twice without harm.
        resend_uncertain: Send again what was left in doubt, where that does no harm.
        wait_s: How long the run waits for an instant that the destination names.
        keeps: The input cannot be read again: what is not delivered at the end is kept in files.
        spills: The input may be gone by the next run: what was sent in vain is kept in a file.

    Attributes:
        counts: Of the outcomes.
        known: What the journal knew when the run began.
        circuit: Holds back calls while the destination serves nothing.
        held_bytes: The size of the entries under way.
        resent: Events that a killed run may have delivered, and that are sent again.
        repeated: Events that are not sent again, as another run has sent them.
    """

    _name: str
    _journal: JournalFile | None
    _dead_letters: DeadLetters
    _show: Callable[[str], str]
    _stop: StopSignal
    _patience_s: float
    _strict: bool = attrs.field(default=False, kw_only=True)
    _repeats: Callable[[Mapping[str, Any]], bool] = attrs.field(default=_never, kw_only=True)
    _resend_uncertain: bool = attrs.field(default=False, kw_only=True)
    _wait_s: float = attrs.field(default=0.0, kw_only=True)
    _keeps: bool = attrs.field(default=False, kw_only=True)
    _spills: bool = attrs.field(default=False, kw_only=True)
    counts: Counts = attrs.field(factory=Counts, init=False)
    known: Checkpoint = attrs.field(init=False)
    circuit: Circuit = attrs.field(init=False)
    held_bytes: int = attrs.field(default=0, init=False)
    resent: int = attrs.field(default=0, init=False)
    repeated: int = attrs.field(default=0, init=False)
    _told: frozenset[int] = attrs.field(init=False)
    _held: dict[int, Entry] = attrs.field(factory=dict, init=False)
    _next: int = attrs.field(default=0, init=False)
    _sent: dict[int, Outcome | None] = attrs.field(factory=dict, init=False)
    _extent: Extent = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        journal = self._journal
        self.known = known = journal.of(self._name) if journal else Checkpoint()
        waited = frozenset(known.waiting)
        self.circuit = Circuit(self._patience_s, self._stop, waited, wait_s=self._wait_s)
        # Entries whose dead letter, and no more, an earlier run wrote before it was killed.
        written = self._dead_letters.entries_of(self._name) if journal else ()
        self._told = frozenset(number for number in written if not known.is_finished(number))
        self._keeps = self._keeps or journal is None
        self._extent = Extent(Entry(known.through, None, checksum=known.checksum))

    @property
    def settled(self) -> float:
        """Of the entries that this run has read, the part up to which all have outcomes: 0 to 1."""
        return self._extent.settled

    @property
    def under_way(self) -> int:
        """Entries that were handed over and have no outcome yet."""
        return len(self._held)

    def restart(self) -> None:
        """Begin another delivery: its first event is number 0 again."""
        self._next = self.held_bytes = 0

    @property
    def last(self) -> int:
        """The last entry that was read; 0 if none was."""
        return self._extent.read.number if self._extent.read else 0

    @property
    def extent(self) -> tuple[Entry, Entry] | None:
        """The last entry that was read, and the one before it; None if none was."""
        extent = self._extent
        return (extent.read, extent.read_before) if extent.read else None

    def takes(self, entry: Entry) -> bool:
        """Return whether an entry is to be delivered now; if so, it is the next event of the delivery."""
        if not self._wants(entry):
            return False
        self._held[self._next] = entry.slim()
        self._next += 1
        self.held_bytes += len(entry.raw)
        return True

    def ahead(self, entries: Iterator[Entry | Idle]) -> Iterator[Entry | Idle]:
        """Return the entries of the input, in their order."""
        return entries

    def left(self) -> Iterator[Entry]:
        """Return the entries that `ahead` has read, and that were not taken from it."""
        return iter(())

    def begun(self, indexes: Sequence[int]) -> None:
        """Record that events are about to be sent."""
        entries = list(map(self._held.__getitem__, indexes))
        numbers = list(map(number_of, entries))
        self.circuit.begun(numbers)
        if self._keeps:
            self._sent.update(dict.fromkeys(numbers))
        if self._journal is not None:
            self._journal.begin(self._name, numbers, entries[-1].checksum)

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Record the outcomes of events that were sent; end the run where going on is of no use."""
        if isinstance(outcomes, Alike):
            distinct, indexes = [outcomes.outcome], outcomes.indexes
        else:
            distinct, indexes = list(outcomes), list(map(_index_of, outcomes))
        entries = list(map(self._held.__getitem__, indexes))
        if self._keeps:
            self._sent.update(zip(map(number_of, entries), outcomes, strict=True))
        if self._journal is not None:
            record_outcomes(self._journal, self._name, entries, outcomes, self._about)
        for outcome in distinct:
            if outcome.fault is not None:
                self._stop.end(BROKEN, error=outcome.fault)
            elif outcome.kind == "reauthorize":
                self._stop.end(AUTHENTICATION, outcome.reason)
            elif outcome.kind == "retry" and len(self.known.waiting) > MOST_WAITING:
                self._stop.end(NETWORK, outcome.reason)
        self.circuit.ended(entries[0].number, outcomes)

    def settle(self, outcome: Outcome) -> None:
        """Count one outcome, and keep what was not delivered; called in the order of the events."""
        entry = self._held[outcome.index]
        if outcome.fault is not None:
            self._stop.end(BROKEN, error=outcome.fault)
        self._settle(entry, outcome)
        del self._held[outcome.index]
        self.held_bytes -= len(entry.raw)

    def settle_done(self, outcomes: Alike) -> None:
        """Count outcomes of events with which nothing is left to do, as `settle` does one by one."""
        entries = list(map(self._held.__getitem__, outcomes.indexes))
        self._settle_done(entries, outcomes.outcome)
        for index in outcomes.indexes:
            del self._held[index]
        self.held_bytes -= sum([len(entry.raw) for entry in entries])

    def keep(self, entry: Entry) -> None:
        """Keep an entry that was read and not taken, where the input cannot be read again."""
        if self._keeps and self._wants(entry):
            self._keep(entry)

    def keep_held(self) -> None:
        """Keep the entries without an outcome, where the input cannot be read again."""
        for entry in list(self._held.values()):
            if self._keeps:
                self._keep(entry)
        self._held.clear()

    def idle(self) -> None:
        """Use the time in which no event comes."""

    def rest(self) -> None:
        """Record up to which entry all have an outcome."""
        reached = self._extent.reached
        self._extent.unrecorded = 0
        if self._journal is not None and reached.number > self.known.through:
            self._journal.reach(self._name, reached.number, reached.checksum)

    def _wants(self, entry: Entry) -> bool:
        """Return whether an entry is still to be delivered; records what an earlier run left open."""
        known, number = self.known, entry.number
        extent = self._extent
        extent.read_before, extent.read = extent.read or extent.read_before, entry
        if self._strict and (entry.note or {}).get("subscription", self._name) != self._name:
            return False
        if number in self._told:
            if self._journal is not None and number in known.waiting:
                self._journal.finish(self._name, [number])
            return False
        if number > known.seen:
            return True
        in_doubt = number in known.begun and (self._resend_uncertain or number not in known.resent)
        if in_doubt and entry.event is not None and self._repeats(entry.event):
            self.resent += 1
            return True
        if number in known.begun or number in known.failed:
            self._find_killed(entry)
            return False
        return not known.is_finished(number)

    def close(self) -> None:
        """End with the run; nothing else is recorded."""

    def _keep(self, entry: Entry) -> None:
        sent = self._sent.get(entry.number, Outcome.retry(OVER))
        self._settle(entry, sent or Outcome.uncertain(ENDED))

    def _settle(self, entry: Entry, outcome: Outcome) -> None:
        if outcome.kind in DONE:
            self.counts.outcomes[outcome.kind] += 1
        else:
            self._fail(entry, outcome)
        self._sent.pop(entry.number, None)
        # Skipped or rejected for what it is, it was not sent, and no longer waits to be.
        over = outcome.kind not in AGAIN and entry.number in self.known.waiting
        if self._journal is not None and over:
            self._journal.finish(self._name, [entry.number])
        self._reach(entry, 1)

    def _settle_done(self, entries: Sequence[Entry], outcome: Outcome) -> None:
        if self._sent or self.known.waiting or outcome.kind not in DONE:
            for entry in entries:
                self._settle(entry, outcome)
            return
        self.counts.outcomes[outcome.kind] += len(entries)
        self._reach(entries[-1], len(entries))

    def _reach(self, entry: Entry, outcomes: int) -> None:
        if self._extent.reach(entry, outcomes) >= REACH_EVERY:
            self.rest()

    def _fail(self, entry: Entry, outcome: Outcome) -> None:
        about = self._about(entry, outcome)
        if outcome.kind not in AGAIN:
            self._dead_letters.write(outcome.kind, entry, about)
        elif self._keeps or (self._spills and outcome.reason not in NO_REASONS):
            self._dead_letters.write("retry", entry, about)
            if self._journal is not None:
                self._journal.finish(self._name, [entry.number])
        elif self._journal is not None and entry.number not in self.known.waiting:
            self._journal.wait(self._name, [entry.number])
        if outcome.reason in NO_REASONS:  # it was not sent, and is no trouble of its own
            self.counts.outcomes[outcome.kind] += 1
        else:
            self.counts.fail(outcome.kind, entry.number, *shortened(about["reason"]))

    def _find_killed(self, entry: Entry) -> None:
        """Record an entry that an earlier run sent and was killed before it recorded the outcome."""
        about = self.known.failed.get(entry.number)
        if about is None:
            about = self._about(entry, Outcome.uncertain(ENDED))
            if self._journal is not None:
                self._journal.fail(self._name, entry.number, about)
        self._find_failed(entry, about)

    def _find_failed(self, entry: Entry, about: Mapping[str, Any]) -> None:
        self._dead_letters.write(about["outcome"], entry, about)
        self.counts.fail(about["outcome"], entry.number, *shortened(about["reason"]))

    def _about(self, entry: Entry, outcome: Outcome) -> dict[str, Any]:
        return about_undelivered(entry, outcome, self._name, self._show)
