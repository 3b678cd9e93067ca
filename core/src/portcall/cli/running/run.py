"""All events of an input through all subscriptions, with whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import Final

from portcall.cli.progress import progress
from portcall.cli.running.account import Account
from portcall.cli.running.ending import BROKEN, Ending, interruptible
from portcall.cli.running.fan import Fan
from portcall.cli.running.journal import Journal
from portcall.cli.running.lane import Lane
from portcall.cli.running.leftovers import Leftovers
from portcall.cli.running.pace import Pace
from portcall.cli.running.places import Places
from portcall.cli.running.report import Report
from portcall.cli.running.rest import Rest
from portcall.cli.running.tally import Tally
from portcall.cli.running.task import Begin, Task
from portcall.errors import SettingsError
from portcall.runs.inputs import Input, InputError, open_input


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
        if places.journal is not None:
            self._look()

        def check(journal: Journal) -> None:
            if before := self._verify(journal):
                tell(before)

        with places.opened(self._task.digests(), check) as (journal, leftovers):
            lanes = self._lanes(journal, leftovers)
            self._deliver(lanes, Rest(lanes, is_kept=journal is None))
            report = self._report(lanes, leftovers, journal)
            yield report
            if journal is not None and not report.is_open:
                journal.remove()

    def _look(self) -> None:
        """See that the input can be read, before anything is written."""
        with self._open() as source:
            next(iter(source), None)

    def _verify(self, journal: Journal) -> int:
        """See that the input is what it was as far as an earlier run knows it; return how far it came."""
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
        return [
            Lane(
                Account(each.name, journal, leftovers, self._show, strict=self._task.is_pipeline),
                partial(self._begin, each),
                ending,
                pace,
                self._task.options.max_rejected,
            )
            for each in self._task.planned
        ]

    def _deliver(self, lanes: Sequence[Lane], rest: Rest) -> None:
        tallies = [lane.account.tally for lane in lanes]
        with ExitStack() as stack:
            stack.enter_context(interruptible(self._ending, rest.break_off))
            source = stack.enter_context(self._open())
            self._unit = source.unit
            source.skip(_unneeded(lanes))
            entries = self._task.claimed(iter(source))
            fan = Fan(entries, len(lanes), self._ending)
            rest.watch(fan, entries, source)
            stack.enter_context(self._progress(tallies, source))
            _together(lanes, fan)
            if self._ending:
                self._keep(rest)

    def _keep(self, rest: Rest) -> None:
        try:
            rest.keep()
        except (InputError, OSError) as exc:
            self._ending.end(BROKEN, error=exc)

    def _progress(self, tallies: Sequence[Tally], source: Input) -> AbstractContextManager[None]:
        def trouble() -> str:
            return self._show(self._ending.trouble)

        return progress(self._task.what, tallies, source.total, source.position, trouble)

    def _report(
        self, lanes: Sequence[Lane], leftovers: Leftovers, journal: Journal | None
    ) -> Report:
        waiting = sum(len(lane.account.known.waiting) for lane in lanes)
        tallies = {n: lane.account.tally for n, lane in zip(self._task.names, lanes, strict=True)}
        is_clean = journal is not None and journal.is_new and not leftovers.paths
        return Report(
            tallies=tallies,
            ending=self._ending,
            unit=self._unit,
            last=max(lane.account.last for lane in lanes),
            files=leftovers.paths,
            waiting=waiting,
            journal=None if journal is None or is_clean else journal.path,
            dry=self._task.options.dry_run,
        )


def _unneeded(lanes: Sequence[Lane]) -> int:
    """Return how many entries of the input nobody needs any more."""
    needed = []
    for known in (lane.account.known for lane in lanes):
        needed += [known.through + 1, *known.waiting, *known.begun, *known.failed]
    return min(needed) - 1


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
