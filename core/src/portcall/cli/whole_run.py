"""All events of an input through all subscriptions, with whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import Final

from portcall.cli.interrupts import interruptible
from portcall.cli.progress_bar import progress
from portcall.cli.run_summary import Report
from portcall.errors import SettingsError
from portcall.runs.counts import Counts
from portcall.runs.dead_letters import DeadLetters
from portcall.runs.inputs import Input, InputError, open_input
from portcall.runs.journal_file import JournalFile
from portcall.runs.outcome_recorder import OutcomeRecorder
from portcall.runs.rate_limit import RateLimit
from portcall.runs.run_files import RunFiles
from portcall.runs.run_spec import Begin, RunSpec
from portcall.runs.shared_reader import SharedReader
from portcall.runs.stop_signal import BROKEN, StopSignal
from portcall.runs.subscription_run import SubscriptionRun
from portcall.runs.undelivered import Undelivered


class Run:
    """One run.

    Args:
        spec: What to do.
        begin: Begins a delivery.
        stop: Ends it.
        show: Redacts a text, in one line.
    """

    def __init__(
        self, spec: RunSpec, begin: Begin, stop: StopSignal, show: Callable[[str], str]
    ) -> None:
        self._spec: Final = spec
        self._begin: Final = begin
        self._stop: Final = stop
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
        places = RunFiles.of(self._spec.source, self._spec.what, self._spec.options)
        if places.journal is not None:
            self._look()

        def check(journal: JournalFile) -> None:
            if before := self._verify(journal):
                tell(before)

        with places.opened(self._spec.digests(), check) as (journal, dead_letters):
            lanes = self._lanes(journal, dead_letters)
            self._deliver(lanes, Undelivered(lanes, is_kept=journal is None))
            report = self._report(lanes, dead_letters, journal)
            yield report
            if journal is not None and not report.is_open:
                journal.remove()

    def _look(self) -> None:
        """See that the input can be read, before anything is written."""
        with self._open() as source:
            next(iter(source), None)

    def _verify(self, journal: JournalFile) -> int:
        """See that the input is what it was as far as an earlier run knows it; return how far it came."""
        known = [journal.of(name) for name in self._spec.names]
        sums = {each.through: each.checksum for each in known}
        sums |= {each.seen: each.seen_checksum for each in known}
        with self._open() as source:
            for number in sorted(number for number in sums if number):
                if source.skip(number) != sums[number]:
                    raise SettingsError(
                        f"{self._spec.source} is not what it was: an earlier run came to its {source.unit} "
                        f"{number}, and something up to there has changed; --restart begins anew, and "
                        "sends everything"
                    )
        return max(each.seen for each in known)

    def _open(self) -> Input:
        form = self._spec.options.format
        return open_input(self._spec.source, format=form, stopped=lambda: bool(self._stop))

    def _lanes(
        self, journal: JournalFile | None, dead_letters: DeadLetters
    ) -> list[SubscriptionRun]:
        rate, stop = self._spec.options.rate, self._stop
        pace = RateLimit(rate, stop.wait) if rate else _at_once
        return [
            SubscriptionRun(
                OutcomeRecorder(
                    each.name, journal, dead_letters, self._show, strict=self._spec.is_pipeline
                ),
                partial(self._begin, each),
                stop,
                pace,
                self._spec.options.max_rejected,
            )
            for each in self._spec.planned
        ]

    def _deliver(self, lanes: Sequence[SubscriptionRun], rest: Undelivered) -> None:
        tallies = [lane.account.tally for lane in lanes]
        with ExitStack() as stack:
            stack.enter_context(interruptible(self._stop, rest.break_off))
            source = stack.enter_context(self._open())
            self._unit = source.unit
            source.skip(_unneeded(lanes))
            entries = self._spec.claimed(iter(source))
            shared_reader = SharedReader(entries, len(lanes), self._stop)
            rest.watch(shared_reader, entries, source)
            stack.enter_context(self._progress(tallies, source))
            _together(lanes, shared_reader)
            if self._stop:
                self._keep(rest)

    def _keep(self, rest: Undelivered) -> None:
        try:
            rest.keep()
        except (InputError, OSError) as exc:
            self._stop.end(BROKEN, error=exc)

    def _progress(self, tallies: Sequence[Counts], source: Input) -> AbstractContextManager[None]:
        def trouble() -> str:
            return self._show(self._stop.trouble)

        return progress(self._spec.what, tallies, source.total, source.position, trouble)

    def _report(
        self,
        lanes: Sequence[SubscriptionRun],
        dead_letters: DeadLetters,
        journal: JournalFile | None,
    ) -> Report:
        waiting = sum(len(lane.account.known.waiting) for lane in lanes)
        tallies = {n: lane.account.tally for n, lane in zip(self._spec.names, lanes, strict=True)}
        is_clean = journal is not None and journal.is_new and not dead_letters.paths
        return Report(
            tallies=tallies,
            stop=self._stop,
            unit=self._unit,
            last=max(lane.account.last for lane in lanes),
            files=dead_letters.paths,
            waiting=waiting,
            journal=None if journal is None or is_clean else journal.path,
            dry=self._spec.options.dry_run,
        )


def _unneeded(lanes: Sequence[SubscriptionRun]) -> int:
    """Return how many entries of the input nobody needs any more."""
    needed = []
    for known in (lane.account.known for lane in lanes):
        needed += [known.through + 1, *known.waiting, *known.begun, *known.failed]
    return min(needed) - 1


def _together(lanes: Sequence[SubscriptionRun], shared_reader: SharedReader) -> None:
    """Run the first one here, each other one in a thread of its own."""
    threads = [
        Thread(
            target=lane.run,
            args=(shared_reader.stream(place),),
            name="portcall-subscription",
            daemon=True,
        )
        for place, lane in enumerate(lanes)
    ][1:]
    for thread in threads:
        thread.start()
    lanes[0].run(shared_reader.stream(0))
    for thread in threads:
        thread.join()


def _at_once() -> None:
    """Nobody asked for a rate."""
