"""What became of each entry for one subscription: told to its journal, its leftovers and its tally."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from portcall.actions import Outcome
from portcall.cli.reading import Entry
from portcall.cli.running.journal import Journal
from portcall.cli.running.leftovers import Leftovers
from portcall.cli.running.progressed import Progressed
from portcall.cli.running.tally import Tally, shortened

REACH_EVERY: Final = 512
"""So many outcomes, and the journal hears how far it is."""

KILLED: Final = "the run was killed while this was being sent"
OVER: Final = "the run was over before this was sent"
BROKEN_OFF: Final = "the run was broken off while this was under way"
_DONE: Final = frozenset({"delivered", "skipped"})
_AGAIN: Final = frozenset({"retry", "reauthorize"})


class Account:
    """Sees to outcomes, so that an event is never sent twice, and none is lost.

    Args:
        name: Of the subscription; what the journal knows it by.
        label: The same, if leftovers have to say whose they are; else empty.
        journal: None where the input cannot be read again.
        leftovers: Where events go that were not delivered.
        show: Redacts a text, in one line.
    """

    def __init__(
        self,
        name: str,
        label: str,
        journal: Journal | None,
        leftovers: Leftovers,
        show: Callable[[str], str],
    ) -> None:
        self.tally: Final = Tally()
        self.known: Final = journal.of(name) if journal else Progressed()
        self._name: Final = name
        self._label: Final = label
        self._journal: Final = journal
        self._leftovers: Final = leftovers
        self._show: Final = show
        self._told: Final = self._already_told()
        self._reached = Entry(self.known.through, None, checksum=self.known.checksum)
        self._since = 0

    def wants(self, entry: Entry) -> bool:
        """Say if an entry is still to be delivered; what an earlier run knows of it is seen to here."""
        known, number = self.known, entry.number
        if self._label and (entry.note or {}).get("subscription", self._label) != self._label:
            return False
        if number in known.begun:
            self._find_killed(entry)
            return False
        if number in known.failed:
            self._leave(entry, known.failed[number])
            return False
        return not known.is_finished(number)

    def begun(self, entries: Sequence[Entry]) -> None:
        """Entries are about to be sent; called by the threads that send."""
        if self._journal is not None:
            self._journal.begin(self._name, [entry.number for entry in entries])

    def ended(self, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """This became of entries that were sent; called by the threads that send."""
        if self._journal is None:
            return
        done, waiting = [], []
        for entry, outcome in zip(entries, outcomes, strict=True):
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
            self.tally.counts[outcome.kind] += 1
        else:
            self._fail(entry, outcome)
        waits = entry.number in self.known.waiting
        if self._journal is not None and waits and outcome.kind not in _AGAIN:
            self._journal.finish(self._name, [entry.number])
        if entry.number > self._reached.number:
            self._reached = entry
            self._since += 1
            if self._since >= REACH_EVERY:
                self.rest()

    def postpone(self, entry: Entry) -> None:
        """Keep what was read and will not be read again, when the run is over before its turn."""
        if self._journal is None and self.wants(entry):
            self._fail(entry, Outcome.retry(OVER))

    def abandon(self, entries: Sequence[Entry]) -> None:
        """Keep what is under way and cannot be read again; a journal knows it anyhow."""
        for entry in entries if self._journal is None else ():
            about = self._about(entry, Outcome.uncertain(BROKEN_OFF))
            self.tally.fail("uncertain", entry.number, BROKEN_OFF)
            self._leave(entry, about)

    def rest(self) -> None:
        """Tell the journal how far it is."""
        self._since = 0
        if self._journal is not None and self._reached.number > self.known.through:
            self._journal.reach(self._name, self._reached.number, self._reached.checksum)

    def _fail(self, entry: Entry, outcome: Outcome) -> None:
        about = self._about(entry, outcome)
        self.tally.fail(outcome.kind, entry.number, *shortened(about["reason"]))
        if outcome.kind not in _AGAIN:
            self._leave(entry, about)
        elif self._journal is None:
            self._leftovers.write("retry", entry, about)
        elif entry.number not in self.known.waiting:
            self._journal.wait(self._name, [entry.number])

    def _find_killed(self, entry: Entry) -> None:
        about = self._about(entry, Outcome.uncertain(KILLED))
        if self._journal is not None:
            self._journal.fail(self._name, entry.number, about)
        self.tally.fail("uncertain", entry.number, KILLED)
        self._leave(entry, about)

    def _leave(self, entry: Entry, about: dict[str, Any]) -> None:
        if entry.number not in self._told:
            self._leftovers.write(about["outcome"], entry, about)

    def _about(self, entry: Entry, outcome: Outcome) -> dict[str, Any]:
        """Give what stands beside an event that was not delivered."""
        said: dict[str, Any] = {"line": entry.number, "outcome": outcome.kind}
        said["reason"] = self._show(entry.reason or outcome.reason)
        more = {"subscription": self._label, "field": outcome.field}
        if outcome.at is not None:
            more["at"] = outcome.at.isoformat(timespec="seconds")
        return {**said, **{name: value for name, value in more.items() if value}}

    def _already_told(self) -> frozenset[int]:
        """Give the entries that an earlier run wrote down, but could not say so any more."""
        if not (self.known.through or self.known.begun or self.known.finished):
            return frozenset()
        return frozenset(
            note["line"]
            for note in self._leftovers.written()
            if isinstance(note.get("line"), int)
            and note.get("subscription", "") == self._label
            and (note["line"] > self.known.through or note["line"] in self.known.failed)
        )
