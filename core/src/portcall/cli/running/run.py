"""All events of an input through all subscriptions, with whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from threading import Thread
from typing import Any, Final, Protocol

import attrs

from portcall.cli.pipelines import Planned
from portcall.cli.progress import progress
from portcall.cli.reading import Input, open_input
from portcall.cli.running.account import Account
from portcall.cli.running.ending import Ending, interruptible
from portcall.cli.running.fan import Fan
from portcall.cli.running.journal import Journal
from portcall.cli.running.lane import Lane
from portcall.cli.running.leftovers import Leftovers
from portcall.cli.running.options import RunOptions
from portcall.cli.running.pace import Pace
from portcall.cli.running.places import Places, beginning
from portcall.cli.running.report import Report
from portcall.delivery import Delivery
from portcall.delivery import Journal as DeliveryJournal
from portcall.errors import SettingsError


class Begin(Protocol):
    """Begins to deliver what one subscription wants."""

    def __call__(
        self, planned: Planned, events: Iterator[Any], journal: DeliveryJournal, /
    ) -> Delivery:
        """Deliver events, and tell the journal."""


@attrs.frozen(kw_only=True)
class Task:
    """What is to be run.

    Args:
        what: In a word; with the input's name, it names the run's files.
        source: The input's path; ``-`` for standard input.
        planned: The subscriptions.
        options: How.
    """

    what: str
    source: str
    planned: Sequence[Planned]
    options: RunOptions


class Run:
    """One run.

    Args:
        task: What to do.
        begin: Begins a delivery.
        show: Redacts a text, in one line.
    """

    def __init__(self, task: Task, begin: Begin, show: Callable[[str], str]) -> None:
        self._task: Final = task
        self._begin: Final = begin
        self._show: Final = show
        self._names: Final = [each.name for each in task.planned]
        self._ending: Final = Ending()
        self._unit = "line"

    def __call__(self, tell: Callable[[int], None] = lambda _: None) -> Report:
        """Run until the input ends, or it is no use to go on; Ctrl-C ends it in good order.

        Args:
            tell: Called with the number of entries that an earlier run has seen to, if it did.

        Raises:
            SettingsError: The run cannot begin; nothing was sent.
        """
        places = Places.of(self._task.source, self._task.what, self._task.options)
        journal = places.open_journal()
        leftovers = places.open_leftovers(journal)
        with ExitStack() as stack:
            stack.callback(leftovers.close)
            if journal is not None:
                stack.enter_context(journal.kept(self._names))
            stack.enter_context(interruptible(self._ending))
            before = self._verify(journal) if journal is not None else 0
            if before:
                tell(before)
            lanes = self._lanes(journal, leftovers)
            self._deliver(lanes, beginning(journal, self._names) if journal else 0)
            return self._report(lanes, leftovers, journal, before)

    def _verify(self, journal: Journal) -> int:
        """See that the input is what it was as far as an earlier run came; give how far that is."""
        reached = {journal.of(name).through: journal.of(name).checksum for name in self._names}
        with self._open() as source:
            for through in sorted(each for each in reached if each):
                if source.skip(through) != reached[through] and not self._ending:
                    raise SettingsError(
                        f"{self._task.source} is not what it was: an earlier run came to its event "
                        f"{through}, and something before that has changed; --restart begins anew, and "
                        "sends everything"
                    )
        return max(reached)

    def _open(self) -> Input:
        form = self._task.options.format
        return open_input(self._task.source, format=form, stopped=lambda: bool(self._ending))

    def _lanes(self, journal: Journal | None, leftovers: Leftovers) -> list[Lane]:
        rate, ending = self._task.options.rate, self._ending
        pace = Pace(rate, ending.wait) if rate else _at_once
        several = len(self._names) > 1
        return [
            Lane(
                Account(each.name, each.name * several, journal, leftovers, self._show),
                partial(self._begin, each),
                ending,
                pace,
            )
            for each in self._task.planned
        ]

    def _deliver(self, lanes: Sequence[Lane], skipped: int) -> None:
        tallies = [lane.account.tally for lane in lanes]
        with self._open() as source:
            self._unit = source.unit
            if skipped:
                source.skip(skipped)
            fan = Fan(iter(source), len(lanes), self._ending)
            with progress(self._task.what, tallies, source.total, source.position):
                try:
                    _together(lanes, fan)
                except KeyboardInterrupt:  # the second: nobody waits for what is under way
                    for lane in lanes:
                        lane.abandon()

    def _report(
        self, lanes: Sequence[Lane], leftovers: Leftovers, journal: Journal | None, before: int
    ) -> Report:
        waiting = sum(len(lane.account.known.waiting) for lane in lanes)
        is_open = journal is not None and bool(waiting or self._ending)
        tallies = {n: lane.account.tally for n, lane in zip(self._names, lanes, strict=True)}
        return Report(
            tallies=tallies,
            ending=self._ending,
            unit=self._unit,
            before=before,
            files=leftovers.paths,
            waiting=waiting,
            journal=journal,
            is_open=is_open,
            dry=self._task.options.dry_run,
        )


def _together(lanes: Sequence[Lane], fan: Fan) -> None:
    """Run the first one here, each other one in a thread of its own."""
    threads = [
        Thread(target=lane.run, args=(fan.stream(place),), name="portcall-lane", daemon=True)
        for place, lane in enumerate(lanes)
    ][1:]
    for thread in threads:
        thread.start()
    lanes[0].run(fan.stream(0))
    for thread in threads:
        thread.join()


def _at_once() -> None:
    """Nobody asked for a rate."""
