"""The outcome recorder of a run with a ledger: what other runs have sent is not sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.delivery.idle import Idle
from portcall.runs.inputs import Entry
from portcall.runs.journal_records import DONE
from portcall.runs.ledger.memory import Memory, Remembered
from portcall.runs.outcome_recorder import NO_REASONS, OutcomeRecorder

KILLED: Final = "an earlier run was killed, and may have been sending this from another input"


@attrs.define(eq=False)
class RememberingRecorder(OutcomeRecorder):
    """Records outcomes in a ledger, too.

    Args:
        memory: What the ledger remembers of single events.
    """

    memory: Memory = attrs.field(kw_only=True)

    def ahead(self, entries: Iterator[Entry | Idle]) -> Iterator[Entry | Idle]:
        """Return the entries of the input, some of them looked up in the ledger at once."""
        return self.memory.ahead(entries)

    def left(self) -> Iterator[Entry]:
        """Return the entries that were looked up, and that were not taken from `ahead`."""
        return self.memory.left()

    def takes(self, entry: Entry) -> bool:
        """Return whether an entry is to be delivered now; if so, it is the next event of the delivery."""
        remembered = self.memory.of(entry)
        if remembered is Remembered.NOTHING:
            is_taken = super().takes(entry)
        elif self._may_resend(entry, remembered):
            is_taken = super().takes(entry)
            if is_taken:
                self.memory.resend(entry.number)
                self.resent += 1
        elif self._wants(entry):
            self._pass_over(entry, remembered)
            return False
        else:
            is_taken = False
        if not is_taken:
            self._recall(entry.number)
        return is_taken

    def idle(self) -> None:
        """Write to the ledger what waits for that, as no event comes at the moment."""
        if self.memory.is_due:
            self.rest()

    def rest(self) -> None:
        """Record up to which entry all have an outcome."""
        self.memory.write()  # before the journal forgets it
        super().rest()

    def close(self) -> None:
        """Write what is left to the ledger; what was read and not sent is forgotten there."""
        self.memory.close(self._sent.__contains__ if self._keeps else self.known.begun.__contains__)

    def _may_resend(self, entry: Entry, remembered: Remembered) -> bool:
        """Return whether an entry that an earlier run left in doubt may be sent again."""
        if remembered is Remembered.SENT or entry.event is None:
            return False
        if (entry.note or {}).get(
            "outcome"
        ) == "uncertain":  # a person has looked, and sent it again
            return True
        is_asked_for = self._resend_uncertain or remembered is Remembered.DOUBT
        return is_asked_for and self._repeats(entry.event)

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
        """Have the ledger know what only the journal knew, as an earlier run was killed."""
        about = self.known.failed.get(number)
        if about is not None:
            self.memory.settle(number, about["outcome"], about["reason"])
        elif self.known.is_finished(number):
            self.memory.settle(number, "delivered")

    def _settle(self, entry: Entry, outcome: Outcome) -> None:
        if outcome.kind in DONE:
            self.memory.settle(entry.number, outcome.kind)
        elif outcome.reason not in NO_REASONS:  # else the event was not sent
            self.memory.settle(
                entry.number, outcome.kind, self._show(entry.reason or outcome.reason)
            )
        super()._settle(entry, outcome)
        if self.memory.is_due:
            self.rest()

    def _settle_done(self, entries: Sequence[Entry], outcome: Outcome) -> None:
        for entry in entries:
            self._settle(entry, outcome)

    def _find_failed(self, entry: Entry, about: Mapping[str, Any]) -> None:
        super()._find_failed(entry, about)
        self.memory.settle(entry.number, about["outcome"], about["reason"])
