"""What became of each entry for one subscription: told to its journal, its dead_letters and its tally."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from portcall.actions import Outcome
from portcall.delivery.dispatcher import STOPPED
from portcall.runs.checkpoint import Checkpoint
from portcall.runs.counts import Counts, shortened
from portcall.runs.dead_letters import DeadLetters
from portcall.runs.inputs import Entry
from portcall.runs.journal_file import JournalFile

REACH_EVERY: Final = 512
"""So many outcomes, and the journal hears how far it is."""

ENDED: Final = "the run ended while this was being sent"
OVER: Final = "the run ended before this was sent"
_NO_REASONS: Final = frozenset({OVER, STOPPED})
_DONE: Final = frozenset({"delivered", "skipped"})
_AGAIN: Final = frozenset({"retry", "reauthorize"})


class OutcomeRecorder:
    """Sees to outcomes, so that an event is never sent twice, and none is lost.

    Args:
        name: Of the subscription; what the journal knows it by.
        strict: An event that an earlier run kept for another subscription is not for this one.
        journal: None where the input cannot be read again.
        dead_letters: Where events go that were not delivered.
        show: Redacts a text, in one line.
    """

    def __init__(
        self,
        name: str,
        journal: JournalFile | None,
        dead_letters: DeadLetters,
        show: Callable[[str], str],
        *,
        strict: bool = False,
    ) -> None:
        self.counts: Final = Counts()
        self.known: Final = journal.of(name) if journal else Checkpoint()
        self._name: Final = name
        self._strict: Final = strict
        self._journal: Final = journal
        self._dead_letters: Final = dead_letters
        self._show: Final = show
        self._told: Final = self._already_told()
        self.last = 0
        self._sent: Final[dict[int, Outcome | None]] = {}
        self._reached = Entry(self.known.through, None, checksum=self.known.checksum)
        self._since = 0
        self._began_at: Final = self.known.through

    @property
    def settled(self) -> float:
        """Of the entries that this run has read, the part up to which all have outcomes: 0 to 1."""
        read = self.last - self._began_at
        return (self._reached.number - self._began_at) / read if read > 0 else 0.0

    def wants(self, entry: Entry) -> bool:
        """Return whether an entry is still to be delivered; records what an earlier run left open."""
        known, number = self.known, entry.number
        self.last = max(self.last, number)
        if self._strict and (entry.note or {}).get("subscription", self._name) != self._name:
            return False
        if number in self._told:
            if self._journal is not None and number in known.waiting:
                self._journal.finish(self._name, [number])
            return False
        if number in known.begun or number in known.failed:
            self._find_killed(entry)
            return False
        return not known.is_finished(number)

    def begun(self, entries: Sequence[Entry]) -> None:
        """Entries are about to be sent; called by the threads that send."""
        if self._journal is None:
            self._sent.update((entry.number, None) for entry in entries)
            return
        numbers = [entry.number for entry in entries]
        self._journal.begin(self._name, numbers, entries[-1].checksum)

    def ended(self, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """This became of entries that were sent; called by the threads that send."""
        pairs = list(zip(entries, outcomes, strict=True))
        if self._journal is None:
            self._sent.update((entry.number, outcome) for entry, outcome in pairs)
            return
        done, waiting = [], []
        for entry, outcome in pairs:
            if outcome.kind in _DONE:
                done.append(entry.number)
            elif outcome.kind in _AGAIN:
                waiting.append(entry.number)
            else:
                self._journal.fail(self._name, entry.number, self._about(entry, outcome))
        if done:
            self._journal.finish(self._name, done)
        if waiting:
            self._journal.wait(self._name, waiting)

    def settle(self, entry: Entry, outcome: Outcome) -> None:
        """See to one outcome; called in the order of the events."""
        if outcome.kind in _DONE:
            self.counts.add(outcome.kind)
        else:
            self._fail(entry, outcome)
        self._sent.pop(entry.number, None)
        waits = entry.number in self.known.waiting
        if self._journal is not None and waits and outcome.kind not in _AGAIN:
            self._journal.finish(self._name, [entry.number])
        if entry.number > self._reached.number:
            self._reached = entry
            self._since += 1
            if self._since >= REACH_EVERY:
                self.rest()

    def keep(self, entry: Entry) -> None:
        """See to an entry that nobody waits for any more, where it cannot be read again."""
        if self._journal is not None or not self.wants(entry):
            return
        sent = self._sent.get(entry.number, Outcome.retry(OVER))
        self.settle(entry, sent or Outcome.uncertain(ENDED))

    def rest(self) -> None:
        """Tell the journal how far it is."""
        self._since = 0
        if self._journal is not None and self._reached.number > self.known.through:
            self._journal.reach(self._name, self._reached.number, self._reached.checksum)

    def _fail(self, entry: Entry, outcome: Outcome) -> None:
        about = self._about(entry, outcome)
        if outcome.kind not in _AGAIN:
            self._dead_letters.write(outcome.kind, entry, about)
        elif self._journal is None:
            self._dead_letters.write("retry", entry, about)
        elif entry.number not in self.known.waiting:
            self._journal.wait(self._name, [entry.number])
        if outcome.reason in _NO_REASONS:
            self.counts.add(outcome.kind)
        else:
            self.counts.fail(outcome.kind, entry.number, *shortened(about["reason"]))

    def _find_killed(self, entry: Entry) -> None:
        """See to what an earlier run sent, and could not say any more what came of it, or write it down."""
        about = self.known.failed.get(entry.number)
        if about is None:
            about = self._about(entry, Outcome.uncertain(ENDED))
            if self._journal is not None:
                self._journal.fail(self._name, entry.number, about)
        self._dead_letters.write(about["outcome"], entry, about)
        self.counts.fail(about["outcome"], entry.number, *shortened(about["reason"]))

    def _about(self, entry: Entry, outcome: Outcome) -> dict[str, Any]:
        """Return what stands beside an event that was not delivered."""
        said: dict[str, Any] = {"line": entry.number, "outcome": outcome.kind}
        said["reason"] = self._show(entry.reason or outcome.reason)
        more = {"field": outcome.field, "subscription": self._name}
        if outcome.at is not None:
            more["at"] = outcome.at.isoformat(timespec="seconds")
        return {**said, **{name: value for name, value in more.items() if value}}

    def _already_told(self) -> frozenset[int]:
        """Return the entries that an earlier run wrote down, but could not say so any more."""
        if self._journal is None:
            return frozenset()
        return frozenset(
            note["line"]
            for note in self._dead_letters.written()
            if isinstance(note.get("line"), int)
            and note.get("subscription") == self._name
            and not self.known.is_finished(note["line"])
        )
