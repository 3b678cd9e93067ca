"""Collect the messages of the processes about one subscription, and record them in the journal first."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from threading import Event
from typing import Any, Final, TypeAlias

from portcall.actions.outcomes import Outcome
from portcall.delivery.journal import Journal
from portcall.runs.processes.event_places import gapless_parts
from portcall.runs.processes.member import Member
from portcall.runs.processes.outcome_values import from_groups

Happening: TypeAlias = tuple[Member, str, Any]


class Inbox:
    """Passes messages from the threads that read from the processes to the thread that hands out.

    Args:
        journal: Of the subscription.
        broken: What ended the delivery.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal: Final = journal
        self.broken: Final[list[BaseException]] = []
        self.ending: Final = Event()
        self.happenings: Final[SimpleQueue[Happening | None]] = SimpleQueue()

    def begun(self, indexes: Sequence[int]) -> str | None:
        """Record that events are about to be sent; return the reason if that fails, else None."""
        try:
            self.journal.begun(indexes)
        except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
            self.break_off(exc)
            return f"{exc}"
        return None

    def ended(self, member: Member, groups: Sequence[Any]) -> None:
        """Record the outcomes of events that were sent."""
        outcomes = from_groups(groups)
        try:
            self.journal.ended(outcomes)
        except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
            self.break_off(exc)
        self.settled(member, groups, outcomes)

    def settled(
        self, member: Member, groups: Sequence[Any], outcomes: Sequence[Outcome] | None = None
    ) -> None:
        """Pass on outcomes that are already recorded where necessary."""
        outcomes = from_groups(groups) if outcomes is None else outcomes
        for some in gapless_parts(outcomes, groups):
            self.happenings.put((member, "outcomes", some))

    def break_off(self, exc: BaseException) -> None:
        """Stop handing out; raise *exc* once all events that were sent have an outcome."""
        self.broken.append(exc)
        self.stop()

    def stop(self) -> None:
        """Stop handing out."""
        self.ending.set()
        self.happenings.put(None)
