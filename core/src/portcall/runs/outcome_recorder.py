"""What became of each entry for one subscription: in the journal, the dead letters and the counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from portcall.actions import Outcome
from portcall.delivery.dispatcher import STOPPED, index_of
from portcall.model.rfc3339 import rfc3339
from portcall.runs.checkpoint import Checkpoint
from portcall.runs.circuit import Circuit
from portcall.runs.counts import Counts, shortened
from portcall.runs.dead_letters import DeadLetters
from portcall.runs.inputs import Entry
from portcall.runs.journal_file import JournalFile
from portcall.runs.ledger import NoMemory, Remembered
from portcall.runs.stop_signal import AUTHENTICATION, BROKEN, NETWORK, StopSignal

REACH_EVERY: Final = 512
"""Outcomes after which the journal records up to which entry all have one."""

MOST_WAITING: Final = 100_000
"""The number of events to be sent again that ends the run."""

ENDED: Final = "the run ended while this was being sent"
KILLED: Final = "an earlier run was killed, and may have been sending this from another input"
OVER: Final = "the run ended before this was sent"
_NO_REASONS: Final = frozenset({OVER, STOPPED})
_DONE: Final = frozenset({"delivered", "skipped"})
_AGAIN: Final = frozenset({"retry", "reauthorize"})


number_of: Final = attrgetter("number")


def _never(_: Mapping[str, Any]) -> bool:
    return False


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
        repeats: Returns whether an event may be sent twice without harm.
        memory: What is remembered of single events.
        keeps: The input cannot be read again: what is not delivered at the end is kept in files.
        wait_s: For so long the run waits for an instant that the destination names.
        resend_uncertain: Send again what was left in doubt, where that does no harm.
        strict: An event that an earlier run kept for another subscription is not for this one.
    """

    def __init__(
        self,
        name: str,
        journal: JournalFile | None,
        dead_letters: DeadLetters,
        show: Callable[[str], str],
        stop: StopSignal,
        patience_s: float,
        *,
        strict: bool = False,
        repeats: Callable[[Mapping[str, Any]], bool] = _never,
        memory: NoMemory | None = None,
        resend_uncertain: bool = False,
        wait_s: float = 0.0,
        keeps: bool = False,
    ) -> None:
        self.counts: Final = Counts()
        self.known: Final = journal.of(name) if journal else Checkpoint()
        self.held_bytes = 0
        self._name: Final = name
        self._strict: Final = strict
        self._repeats: Final = repeats
        self.resent = 0
        self.repeated = 0
        self.memory: Final = memory or NoMemory()
        self._resend_uncertain: Final = resend_uncertain
        self._journal: Final = journal
        self._dead_letters: Final = dead_letters
        self._show: Final = show
        self._stop: Final = stop
        self.circuit: Final = Circuit(
            patience_s, stop, frozenset(self.known.waiting), wait_s=wait_s
        )
        self._told: Final = self._already_told()
        self._keeps: Final = keeps or journal is None
        self._held: Final[dict[int, Entry]] = {}
        self._next = 0
        self._sent: Final[dict[int, Outcome | None]] = {}
        self._reached = Entry(self.known.through, None, checksum=self.known.checksum)
        self._read: Entry | None = None
        self._read_before = self._reached
        self._since = 0
        self._began_at: Final = self.known.through

    @property
    def settled(self) -> float:
        """Of the entries that this run has read, the part up to which all have outcomes: 0 to 1."""
        read = self.last - self._began_at
        return (self._reached.number - self._began_at) / read if read > 0 else 0.0

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
        return self._read.number if self._read else 0

    @property
    def extent(self) -> tuple[Entry, Entry] | None:
        """The last entry that was read, and the one before it; None if none was."""
        return (self._read, self._read_before) if self._read else None

    def takes(self, entry: Entry) -> bool:
        """Return whether an entry is to be delivered now; if so, it is the next event of the delivery."""
        remembered = self.memory.of(entry)
        if not self._wants(entry):
            self._recall(entry.number)
            return False
        if remembered is not Remembered.NOTHING and not self._resends(entry, remembered):
            self._pass_over(entry, remembered)
            return False
        self._held[self._next] = entry.slim()
        self._next += 1
        self.held_bytes += len(entry.raw)
        return True

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
        entries = list(map(self._held.__getitem__, map(index_of, outcomes)))
        if self._keeps:
            self._sent.update(zip(map(number_of, entries), outcomes, strict=True))
        if self._journal is not None:
            self._write(self._journal, entries, outcomes)
        for outcome in outcomes:
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
        """Write down what waits for that, as no event comes at the moment."""
        if self.memory.is_due:
            self.rest()

    def rest(self) -> None:
        """Record up to which entry all have an outcome."""
        self._since = 0
        self.memory.write()  # before the journal forgets it
        if self._journal is not None and self._reached.number > self.known.through:
            self._journal.reach(self._name, self._reached.number, self._reached.checksum)

    def _wants(self, entry: Entry) -> bool:
        """Return whether an entry is still to be delivered; records what an earlier run left open."""
        known, number = self.known, entry.number
        self._read_before, self._read = self._read or self._read_before, entry
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
        """Have the memory written; what was read and not sent is forgotten there."""
        self.memory.close(self._sent.__contains__ if self._keeps else self.known.begun.__contains__)

    def _resends(self, entry: Entry, remembered: Remembered) -> bool:
        """Return whether an entry that an earlier run left in doubt is sent again."""
        if remembered is Remembered.SENT or entry.event is None:
            return False
        looked_at = (entry.note or {}).get("outcome") == "uncertain"  # and sent by hand
        harmless = self._repeats(entry.event) and (
            self._resend_uncertain or remembered is Remembered.DOUBT
        )
        if looked_at or harmless:
            self.memory.resend(entry.number)
            self.resent += 1
            return True
        return False

    def _pass_over(self, entry: Entry, remembered: Remembered) -> None:
        """See to an entry that was sent in another run, or may have been."""
        if remembered is not Remembered.DOUBT:
            self.repeated += 1
            if self._journal is not None and entry.number in self.known.waiting:
                self._journal.finish(self._name, [entry.number])
            return
        about = self._about(entry, Outcome.uncertain(KILLED))
        if self._journal is not None:
            self._journal.fail(self._name, entry.number, about)
        self.memory.resend(entry.number)
        self._find_failed(entry, about)

    def _recall(self, number: int) -> None:
        """Have the memory know what only the journal knew, as an earlier run was killed."""
        about = self.known.failed.get(number)
        if about is not None:
            self.memory.settle(number, about["outcome"], about["reason"])
        elif self.known.is_finished(number):
            self.memory.settle(number, "delivered")

    def _write(
        self, journal: JournalFile, entries: Sequence[Entry], outcomes: Sequence[Outcome]
    ) -> None:
        done, waiting = [], []
        for entry, outcome in zip(entries, outcomes, strict=True):
            if outcome.kind in _DONE:
                done.append(entry.number)
            elif outcome.kind in _AGAIN:
                waiting.append(entry.number)
            else:
                journal.fail(self._name, entry.number, self._about(entry, outcome))
        if done:
            journal.finish(self._name, done)
        if waiting:
            journal.wait(self._name, waiting)

    def _keep(self, entry: Entry) -> None:
        sent = self._sent.get(entry.number, Outcome.retry(OVER))
        self._settle(entry, sent or Outcome.uncertain(ENDED))

    def _settle(self, entry: Entry, outcome: Outcome) -> None:
        if outcome.kind in _DONE:
            self.counts.outcomes[outcome.kind] += 1
            self.memory.settle(entry.number, outcome.kind)
        else:
            self._fail(entry, outcome)
        self._sent.pop(entry.number, None)
        # Skipped or rejected for what it is, it was not sent, and no longer waits to be.
        over = outcome.kind not in _AGAIN and entry.number in self.known.waiting
        if self._journal is not None and over:
            self._journal.finish(self._name, [entry.number])
        if entry.number > self._reached.number:
            self._reached = entry
            self._since += 1
            if self._since >= REACH_EVERY or self.memory.is_due:
                self.rest()

    def _fail(self, entry: Entry, outcome: Outcome) -> None:
        about = self._about(entry, outcome)
        if outcome.reason not in _NO_REASONS:  # else it was not sent, and is no trouble of its own
            self.memory.settle(entry.number, outcome.kind, about["reason"])
        if outcome.kind not in _AGAIN:
            self._dead_letters.write(outcome.kind, entry, about)
        elif self._keeps:
            self._dead_letters.write("retry", entry, about)
            if self._journal is not None:
                self._journal.finish(self._name, [entry.number])
        elif self._journal is not None and entry.number not in self.known.waiting:
            self._journal.wait(self._name, [entry.number])
        if outcome.reason in _NO_REASONS:
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
        self.memory.settle(entry.number, about["outcome"], about["reason"])

    def _about(self, entry: Entry, outcome: Outcome) -> dict[str, Any]:
        """Return the note that is written beside an event that was not delivered."""
        said: dict[str, Any] = {"line": entry.number, "outcome": outcome.kind}
        said["reason"] = self._show(entry.reason or outcome.reason)
        more = {"field": outcome.field, "subscription": self._name}
        if outcome.at is not None:
            more["at"] = rfc3339(outcome.at)
        return {**said, **{name: value for name, value in more.items() if value}}

    def _already_told(self) -> frozenset[int]:
        """Return the entries whose dead letter, and no more, an earlier run wrote before it was killed."""
        if self._journal is None:
            return frozenset()
        return frozenset(
            note["line"]
            for note in self._dead_letters.written()
            if isinstance(note.get("line"), int)
            and note.get("subscription") == self._name
            and not self.known.is_finished(note["line"])
        )
