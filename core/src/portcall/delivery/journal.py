"""What a program hears of a delivery, so that a killed one can be resumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from portcall.actions.outcomes import Outcome


class Journal(Protocol):
    """Hears what is about to be sent, and what became of it, before the program does.

    Called by the threads that send, several at once. What it raises ends the delivery: no other event is
    sent, those that were sent keep their outcomes, and the exception is raised behind the last of them. An
    event that is not sent at all (skipped, or rejected for what it is) is in none of these calls.
    """

    def begun(self, indexes: Sequence[int]) -> None:
        """These events are sent now, in one request or one after another.

        Args:
            indexes: Places among the events handed over, counted from 0, ascending.
        """

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """This became of them: an outcome for each."""
