"""A run under way: all events of an input through all of its subscriptions, in threads of its own."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import attrs

from portcall.runs.opened_run import OpenedRun
from portcall.runs.pipe_copies import left_copies
from portcall.runs.progress import Progress
from portcall.runs.report import Report
from portcall.runs.run_spec import Begin, RunSpec
from portcall.runs.stop_signal import BROKEN, INTERRUPTED, StopSignal

EVERY_S: Final = 0.5
"""How often a run that is iterated over says how far it is."""


class Run:
    """A run, made by `start`; safe to use from every thread.

    Iterating over it yields a `Progress` twice a second, and a last one at the end. In a ``with`` block,
    leaving the block before the end stops the run in good order.

    Args:
        spec: What is to be run.
        begin: Begins the delivery of one subscription.
        stop: Ends the run.
        show: Takes secrets out of a text and puts it on one line.
        close: Called when the run is over, whether it could begin or not.
        warm_up: Called before the input is looked at: begins what takes its time until the first event.
    """

    def __init__(
        self,
        spec: RunSpec,
        begin: Begin,
        stop: StopSignal,
        show: Callable[[str], str],
        close: Callable[[], object] | None = None,
        warm_up: Callable[[], object] | None = None,
    ) -> None:
        self._spec: Final = spec
        self._begin: Final = begin
        self._stop: Final = stop
        self._show: Final = show
        self._closes: Final = () if close is None else (close,)
        self._warm_up: Final = warm_up
        self._closing: Final = ExitStack()
        self._over: Final = Event()
        self._opened: OpenedRun | None = None
        self._report: Report | None = None
        self._recovered: Final[list[Report]] = []

    def start(self, *owned: Callable[[], object]) -> Self:
        """Open the run's files and its input, and begin in a thread of its own.

        Args:
            owned: Called when the run is over, whether it could begin or not.

        Raises:
            SettingsError, InputError: The run cannot begin; nothing was sent.
        """
        with ExitStack() as stack:
            for close in (*owned, *self._closes):
                stack.callback(close)
            self._spec.refuse_harm()
            if self._warm_up is not None:
                self._warm_up()
            if self._spec.is_live and not (self._spec.is_followed or self._spec.options.dry_run):
                self._recover()
            self._opened = OpenedRun(
                self._spec, self._begin, self._stop, self._show, stack, self._deliver_first
            )
            self._closing.enter_context(stack.pop_all())
        atexit.register(self._end)
        work = partial(self._work, self._opened)
        Thread(target=work, name="portcall-run", daemon=True).start()
        return self

    def stop(self) -> None:
        """End in good order: nothing else is read, what is being sent is finished; returns at once."""
        self._stop.end(INTERRUPTED)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the run.

        Args:
            timeout_s: The most seconds to wait; None for no limit.

        Returns:
            The run is over.
        """
        return self._over.wait(timeout_s)

    @property
    def report(self) -> Report:
        """What came of the run; waits for its end."""
        self._over.wait()
        if self._report is None:
            raise RuntimeError("the run ended without a report")
        return self._report

    @property
    def resumed_after(self) -> int:
        """The last entry that an earlier run had seen to; 0 if there was none."""
        return self._opened.earlier.through if self._opened else 0

    @property
    def is_done(self) -> bool:
        """An earlier run came to its end with this input: there is nothing to do."""
        return self._opened is not None and self._opened.earlier.is_all

    def progress(self) -> Progress:
        """Return how far the run is now."""
        if self._opened is None:
            return Progress(is_over=self._over.is_set())
        return self._opened.progress(is_over=self._over.is_set())

    def break_off(self) -> bool:
        """Save what is under way where it cannot be read again; the process is to end right after this.

        Returns:
            The input cannot be read again: everything that was read of it is in the run's files.
        """
        return self._opened is not None and self._opened.break_off()

    def __iter__(self) -> Iterator[Progress]:
        while not self._waited():
            yield self.progress()
        yield self.progress()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _waited(self) -> bool:
        try:
            return self._over.wait(EVERY_S)
        except BaseException:  # Ctrl-C: no event is left half sent while the program ends
            self._end()
            raise

    def _end(self) -> None:
        if not self._over.is_set():
            self.stop()
            self._over.wait()

    def _recover(self) -> None:
        """Deliver first what killed runs of this name have read from their pipes."""
        options, name = self._spec.options, self._spec.name
        folder = Path(options.place or ".")
        for path in left_copies(folder, name):
            spec = attrs.evolve(
                self._spec,
                source=str(path),
                options=attrs.evolve(options, folder=str(folder)),
                is_copy=True,
            )
            run = Run(spec, self._begin, self._stop, self._show).start()
            self._recovered.append(run.report)

    def _deliver_first(self, path: Path) -> bool:
        """Deliver what an earlier run has sent in vain; return whether the file was done, and removed."""
        options = attrs.evolve(self._spec.options, follow=False, folder=str(path.parent))
        spec = attrs.evolve(self._spec, source=str(path), options=options)
        report = Run(spec, self._begin, self._stop, self._show).start().report
        self._recovered.append(report)
        if not report.is_complete:
            return False
        path.unlink(missing_ok=True)
        if report.journal is not None:
            report.journal.unlink(missing_ok=True)
        return True

    def _work(self, opened: OpenedRun) -> None:
        """Run the thread of the run: deliver, report, close."""
        try:
            opened.deliver()
        except BaseException as exc:  # noqa: BLE001  # the report carries it
            self._stop.end(BROKEN, error=exc)
        try:
            self._report = opened.report(self._recovered)
            opened.finish(self._report)
        finally:
            self._closing.close()
            self._over.set()
            atexit.unregister(self._end)
