"""The files, the input and the subscriptions of a run, open until the run is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final

from portcall.runs.counts import Counts
from portcall.runs.inputs import InputError
from portcall.runs.inputs.following.followed_file import FollowedFile
from portcall.runs.journal_file import JournalFile
from portcall.runs.ledger.memory import Memory
from portcall.runs.opened_memories import opened_memories
from portcall.runs.opened_sources import OpenedSources
from portcall.runs.outcome_recorder import OutcomeRecorder
from portcall.runs.pipe_copies import PipeCopy
from portcall.runs.pipelines.planning import PlannedSubscription
from portcall.runs.progress import Extent, Progress
from portcall.runs.rate_limit import RateLimit
from portcall.runs.remembering_recorder import RememberingRecorder
from portcall.runs.report import Report
from portcall.runs.run_files import RunFiles
from portcall.runs.run_spec import Begin, RunSpec
from portcall.runs.same_input import Earlier, compare_input, resume_followed
from portcall.runs.shared_reader import SharedReader
from portcall.runs.stop_signal import BROKEN, THROTTLED, StopSignal
from portcall.runs.subscription_run import SubscriptionRun
from portcall.runs.undelivered import Undelivered


class OpenedRun:
    """A run with its files and its input open.

    Args:
        spec: What is to be run.
        begin: Begins the delivery of one subscription.
        stop: Ends the run.
        show: Takes secrets out of a text and puts it on one line.
        closing: Closes at the end of the run what is opened here.
        deliver_first: Delivers a file of events that an earlier run has sent in vain; returns whether all of
            it is done.

    Attributes:
        earlier: How far an earlier run came with this input.

    Raises:
        SettingsError, InputError: The run cannot begin; nothing was sent.
    """

    def __init__(
        self,
        spec: RunSpec,
        begin: Begin,
        stop: StopSignal,
        show: Callable[[str], str],
        closing: ExitStack,
        deliver_first: Callable[[Path], bool],
    ) -> None:
        self._spec: Final = spec
        self._begin: Final = begin
        self._stop: Final = stop
        self._show: Final = show
        self._copy: PipeCopy | None = None
        self._sources: Final = OpenedSources(spec, stop)
        self.earlier = Earlier()
        files = RunFiles.of(spec.source, spec.name, spec.options)
        if files.is_on_disk and not spec.is_followed:
            self._sources.look()
        opened = closing.enter_context(files.opened(spec.digests(), self._compare))
        self._journal, self._dead_letters, self._copy = opened
        self._sources.copy = self._copy
        if spec.is_followed and self._journal is not None:
            self._deliver_first(self._journal, deliver_first)
        self._source: Final = self._sources.open_behind(self._journal, self.earlier)
        closing.callback(self._source.close)
        memories = closing.enter_context(
            opened_memories(spec, self._dead_letters.run, self._source.unit)
        )
        self._parts: Final = self._subscription_runs(memories)
        self._undelivered: Final = Undelivered(self._parts, is_kept=not files.is_on_disk)
        if self._copy is not None and self._source.unit == "line":
            parts = self._parts
            self._copy.done = lambda: min(part.recorder.known.through for part in parts)
        self._source.skip(self._unneeded())
        self._begun_bytes: Final = self._source.consumed()
        entries = self._sources.entries(self._source)
        self._reader: Final = SharedReader(entries, len(self._parts), stop)
        self._undelivered.watch(self._reader, entries, self._source)

    def deliver(self) -> None:
        """Run the first subscription here, each other one in a thread of its own."""
        threads = [
            Thread(
                target=part.run,
                args=(self._reader.stream(place),),
                name="portcall-subscription",
                daemon=True,
            )
            for place, part in enumerate(self._parts)
        ][1:]
        for thread in threads:
            thread.start()
        self._parts[0].run(self._reader.stream(0))
        for thread in threads:
            thread.join()
        if self._stop:
            try:
                self._undelivered.keep()
            except (InputError, OSError) as exc:
                self._stop.end(BROKEN, error=exc)

    def progress(self, *, is_over: bool) -> Progress:
        """Return how far the run is now."""
        troubles = (part.recorder.circuit.trouble for part in self._parts)
        return Progress.of(
            Counts.sum(part.recorder.counts for part in self._parts),
            under_way=sum(part.recorder.under_way for part in self._parts),
            extent=self._extent(),
            trouble=self._show(next(filter(None, troubles), "")),
            following=self._spec.source if self._spec.is_followed else "",
            is_over=is_over,
        )

    def break_off(self) -> bool:
        """Save what is under way where it cannot be read again; the process is to end right after this.

        Returns:
            The input cannot be read again: everything that was read of it is in the run's files.
        """
        self._undelivered.break_off()
        return self._journal is None or self._copy is not None

    def report(self, recovered: Sequence[Report]) -> Report:
        """Return what came of the run.

        Args:
            recovered: Of the runs that delivered first what killed runs had read from their pipes.
        """
        self._end_throttled()
        return self._reported(recovered)

    def finish(self, report: Report) -> None:
        """Write to the ledger and the journal how the run ended.

        The copy of a pipe, and its journal, are removed after all of it was delivered.
        """
        for part in self._parts:
            part.recorder.close()
        self._remember(report)
        if isinstance(self._source, FollowedFile):
            self._source.places.save()
        if self._spec.is_copy and self._journal is not None and report.is_complete:
            self._journal.remove()
            Path(self._spec.source).unlink(missing_ok=True)

    def _compare(self, journal: JournalFile) -> None:
        if self._spec.is_followed:
            self.earlier = resume_followed(journal, self._spec.names, self._sources.open)
        elif self._spec.is_copy:
            seen = max(journal.of(name).seen for name in self._spec.names)
            self.earlier = Earlier(seen, is_all=journal.ended_at is not None)
        else:
            self.earlier = compare_input(journal, self._spec.names, self._sources.open)

    def _deliver_first(self, journal: JournalFile, deliver: Callable[[Path], bool]) -> None:
        """Deliver what earlier runs have sent in vain, and kept in a file of their own."""
        for name in self._spec.names:
            known = journal.of(name)
            told = [n for n in self._dead_letters.entries_of(name) if not known.is_finished(n)]
            if told:  # a killed run wrote no more of them than their dead letters
                journal.finish(name, told)
        path = self._dead_letters.paths.get("retry")
        if path is not None and deliver(path):
            self._dead_letters.forget("retry")

    def _subscription_runs(self, memories: Mapping[str, Memory]) -> list[SubscriptionRun]:
        options, stop = self._spec.options, self._stop
        limit = RateLimit(options.rate, stop.wait) if options.rate else None
        return [
            SubscriptionRun(
                self._recorder(each, memories.get(each.name)),
                partial(self._begin, each),
                stop,
                limit,
                options.max_rejected,
                whole=options.is_spread,
            )
            for each in self._spec.planned
        ]

    def _recorder(self, planned: PlannedSubscription, memory: Memory | None) -> OutcomeRecorder:
        spec, options = self._spec, self._spec.options
        kind = OutcomeRecorder if memory is None else partial(RememberingRecorder, memory=memory)
        return kind(
            planned.name,
            self._journal,
            self._dead_letters,
            self._show,
            self._stop,
            options.retry_s,
            strict=spec.is_pipeline,
            repeats=planned.is_repeatable,
            keeps=self._copy is not None,
            spills=spec.is_followed,
            wait_s=options.wait_s,
            resend_uncertain=options.resend_uncertain,
        )

    def _unneeded(self) -> int:
        """Return how many entries of the input no subscription needs any more."""
        return self._journal.needed() - 1 if self._journal else 0

    def _extent(self) -> Extent:
        """Return how much of the input has its outcomes: of what was read, as much as of its entries."""
        read = self._source.consumed() - self._begun_bytes
        settled = min((part.recorder.settled for part in self._parts), default=0.0)
        done = self._begun_bytes + int(read * settled)
        return Extent(self._begun_bytes, done, self._source.total)

    def _end_throttled(self) -> None:
        """Name what the events wait for, however few they are."""
        for recorder in (part.recorder for part in self._parts):
            if recorder.circuit.throttled and (recorder.known.waiting or recorder.counts.to_retry):
                self._stop.end(THROTTLED, self._show(recorder.circuit.throttled))

    def _remember(self, report: Report) -> None:
        """Record that nothing is left to do, before the report can be read."""
        journal = self._journal
        if self._copy is not None:
            if report.error is None:  # else the files may not have all of it
                self._copy.remove()
            return
        if self._spec.is_followed:
            return  # more may come
        if journal is None or journal.is_new or journal.ended_at is not None or report.can_resume:
            return
        recorders = zip(self._spec.names, (part.recorder for part in self._parts), strict=True)
        journal.end({name: each.extent for name, each in recorders if each.extent is not None})

    def _reported(self, recovered: Sequence[Report]) -> Report:
        recorders = [part.recorder for part in self._parts]
        journal, files = self._journal, self._dead_letters.paths
        is_clean = journal is not None and journal.is_new and not files
        if self._copy is not None:
            journal = None
        error = self._stop.error
        return Report(
            subscriptions={
                name: Counts.sum(
                    [each.counts, *(report.subscriptions[name] for report in recovered)]
                )
                for name, each in zip(self._spec.names, recorders, strict=True)
            },
            stopped=self._stop.why,
            stopped_for=self._stop.reason if error is None else self._show(str(error)),
            error=error,
            unit=self._source.unit,
            last=max(each.last for each in recorders),
            dead_letters=files,
            waiting=sum(len(each.known.waiting) for each in recorders),
            journal=None if journal is None or is_clean else journal.path,
            resumed_after=self.earlier.through,
            retry_at=_latest(
                [each.circuit.told_at for each in recorders]
                + [report.retry_at for report in recovered]
            ),
            recovered=sum(report.counts.total for report in recovered),
            repeated=sum(each.repeated for each in recorders),
            resent=sum(each.resent for each in recorders),
            done_at=journal.ended_at if journal is not None and self.earlier.is_all else None,
            notices=tuple(getattr(self._source, "notices", ())),
            dry_run=self._spec.options.dry_run,
        )


def _latest(instants: Iterable[datetime | None]) -> datetime | None:
    """Return the last instant that is still to come, to the second; None if there is none."""
    found = max((each for each in instants if each is not None), default=None)
    if found is None or found <= datetime.now(UTC):
        return None
    return found.astimezone(UTC).replace(microsecond=0)
