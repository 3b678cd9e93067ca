"""Outcomes as records of a journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike
from portcall.runs.inputs import Entry
from portcall.runs.journal_file import JournalFile

DONE: Final = frozenset({"delivered", "skipped"})
AGAIN: Final = frozenset({"retry", "reauthorize"})
number_of: Final = attrgetter("number")


def record_outcomes(
    journal: JournalFile,
    name: str,
    entries: Sequence[Entry],
    outcomes: Sequence[Outcome],
    about: Callable[[Entry, Outcome], dict[str, Any]],
) -> None:
    """Record what became of entries that were sent.

    Args:
        journal: Of the run.
        name: Of the subscription.
        entries: What was sent.
        outcomes: Of the same entries, in the same order.
        about: Returns what the dead letter of an entry says of it.
    """
    done, waiting = [], []
    if isinstance(outcomes, Alike) and outcomes.outcome.kind in DONE:
        journal.finish(name, list(map(number_of, entries)))
        return
    for entry, outcome in zip(entries, outcomes, strict=True):
        if outcome.kind in DONE:
            done.append(entry.number)
        elif outcome.kind in AGAIN:
            waiting.append(entry.number)
        else:
            journal.fail(name, entry.number, about(entry, outcome))
    if done:
        journal.finish(name, done)
    if waiting:
        journal.wait(name, waiting)
