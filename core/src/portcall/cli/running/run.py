"""All events of an input through all subscriptions, with whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from threading import Thread
from typing import Final

from portcall.cli.progress import progress
from portcall.cli.reading import Entry, Input, open_input
from portcall.cli.running.account import Account
from portcall.cli.running.ending import Ending, interruptible
from portcall.cli.running.fan import Fan
from portcall.cli.running.journal import Journal
from portcall.cli.running.lane import Lane
from portcall.cli.running.leftovers import Leftovers
from portcall.cli.running.pace import Pace
from portcall.cli.running.places import Places
from portcall.cli.running.report import Report
from portcall.cli.running.tally import Tally
from portcall.cli.running.task import Begin, Task
from portcall.errors import SettingsError


class Run:
    """One run.

    Args:
        task: What to do.
        begin: Begins a delivery.
        ending: Ends it.
        show: Redacts a text, in one line.
    """

    def __init__(
        self, task: Task, begin: Begin, ending: Ending, show: Callable[[str], str]
    ) -> None:
        self._task: Final = task
        self._begin: Final = begin
        self._ending: Final = ending
        self._show: Final = show
        self._unit = "line"

    @contextmanager
    def carried_out(self, tell: Callable[[int], None] = lambda _: None) -> Iterator[Report]:
        """Run until the input ends, or it is no use to go on; Ctrl-C ends it in good order.

        A run that came to its end is forgotten when the block ends: who was not told of it would begin anew.

        Args:
            tell: Called with the number of entries that an earlier run has seen to, if it did.

        Raises:
            SettingsError: The run cannot begin; nothing was sent.
        """
        places = Places.of(self._task.source, self._task.what, self._task.options)
        with places.opened(self._task.digests()) as (journal, leftovers):
            if journal is not None and (before := self._verify(journal)):
                tell(before)
            lanes = self._lanes(journal, leftovers)
            self._deliver(lanes, _unneeded(lanes) if journal else 0)
            report = self._report(lanes, leftovers, journal)
            yield report
            if journal is not None and not report.is_open:
                journal.remove()

    def _verify(self, journal: Journal) -> int:
        """See that the input is what it was as far as an earlier run knows it; give how far it came."""
        known = [journal.of(name) for name in self._task.names]
        sums = {each.through: each.checksum for each in known}
        sums |= {each.seen: each.seen_checksum for each in known}
        with self._open() as source:
            for number in sorted(number for number in sums if number):
                if source.skip(number) != sums[number]:
                    raise SettingsError(
                        f"{self._task.source} is not what it was: an earlier run came to its {source.unit} "
                        f"{number}, and something up to there has changed; --restart begins anew, and "
                        "sends everything"
                    )
        return max(each.seen for each in known)

    def _open(self) -> Input:
        form = self._task.options.format
        return open_input(self._task.source, format=form, stopped=lambda: bool(self._ending))

    def _lanes(self, journal: Journal | None, leftovers: Leftovers) -> list[Lane]:
        rate, ending = self._task.options.rate, self._ending
        pace = Pace(rate, ending.wait) if rate else _at_once
        several = len(self._task.planned) > 1
        return [
            Lane(
                Account(each.name, each.name * several, journal, leftovers, self._show),
                partial(self._begin, each),
                ending,
                pace,
                self._task.options.max_rejected,
            )
            for each in self._task.planned
        ]

    def _deliver(self, lanes: Sequence[Lane], skipped: int) -> None:
        tallies = [lane.account.tally for lane in lanes]
        with ExitStack() as stack:
            source = stack.enter_context(self._open())
            self._unit = source.unit
            if skipped:
                source.skip(skipped)
            entries = iter(source)
            fan = Fan(entries, len(lanes), self._ending)

            def keep_rest() -> None:
                if source.total is None:  # a pipe: what was read of it is nowhere else
                    _keep(lanes, fan, entries)

            def break_off() -> None:
                for lane in lanes:
                    lane.abandon()
                keep_rest()

            stack.enter_context(interruptible(self._ending, break_off))
            stack.enter_context(self._progress(tallies, source))
            _together(lanes, fan)
            if self._ending:
                keep_rest()

    def _progress(self, tallies: Sequence[Tally], source: Input) -> AbstractContextManager[None]:
        def trouble() -> str:
            return self._show(self._ending.trouble)

        return progress(self._task.what, tallies, source.total, source.position, trouble)

    def _report(
        self, lanes: Sequence[Lane], leftovers: Leftovers, journal: Journal | None
    ) -> Report:
        waiting = sum(len(lane.account.known.waiting) for lane in lanes)
        tallies = {n: lane.account.tally for n, lane in zip(self._task.names, lanes, strict=True)}
        return Report(
            tallies=tallies,
            ending=self._ending,
            unit=self._unit,
            last=max(lane.account.last for lane in lanes),
            files=leftovers.paths,
            waiting=waiting,
            journal=journal.path if journal is not None else None,
            dry=self._task.options.dry_run,
        )


def _unneeded(lanes: Sequence[Lane]) -> int:
    """Give how many entries of the input nobody needs any more."""
    needed = []
    for known in (lane.account.known for lane in lanes):
        needed += [known.through + 1, *known.waiting, *known.begun, *known.failed]
    return min(needed) - 1


def _keep(lanes: Sequence[Lane], fan: Fan, entries: Iterator[Entry]) -> None:
    """See to what was read for subscriptions, and has not come to them."""
    for place, lane in enumerate(lanes):
        for entry in fan.left(place):
            lane.account.keep(entry)
    with suppress(ValueError):  # it is just being read
        for entry in entries:
            for lane in lanes:
                lane.account.keep(entry)


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
