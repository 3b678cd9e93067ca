"""Deliver events one by one, with one worker or several, until they end or it is no use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any, Final, TypeAlias

import attrs

from portcall.cli.failures import OPERATOR, with_options
from portcall.cli.lines import Line
from portcall.cli.state import State
from portcall.cli.tally import MAX_REASON_CHARACTERS, Tally, reason_of
from portcall.errors import (
    AuthenticationError,
    ThrottledError,
    TransportError,
)

Perform: TypeAlias = Callable[[Mapping[str, Any]], object]

LONGEST_WAIT_S: Final = 60.0
MOST_WAITS: Final = 3
MOST_IN_A_ROW: Final = 10
"""So many network failures in a row, and the destination cannot be reached."""


@attrs.define
class Delivery:
    """One run over the lines of an input.

    Args:
        perform: Delivers one event, or raises.
        state: For redaction.
        tick: Called after every event.
        failed: Called with each line that failed.
        tally: What became of the events.
        fatal: What ended the run before its time.
    """

    perform: Perform
    state: State
    tick: Callable[[Tally], None] = lambda _: None
    failed: Callable[[Line], None] = lambda _: None
    tally: Tally = attrs.field(factory=Tally)
    fatal: BaseException | None = None
    _in_a_row: int = 0
    _lock: Any = attrs.field(factory=Lock)
    _stop: Event = attrs.field(factory=Event)

    def run(self, lines: Iterator[Line], workers: int = 1) -> None:
        """Deliver every line, or stop where it is no use to go on; Ctrl-C ends it in good order."""
        threads = [Thread(target=self._work, args=(lines,)) for _ in range(workers - 1)]
        try:
            for thread in threads:
                thread.start()
            self._work(lines)
            for thread in threads:
                thread.join()
        except KeyboardInterrupt as exc:
            self._end("interrupted", exc)
            for thread in threads:
                thread.join()
        self.tally.finish()

    def _work(self, lines: Iterator[Line]) -> None:
        """Deliver until there are no more; what is raised here is no event's fault."""
        try:
            while not self._stop.is_set():
                with self._lock:
                    line = next(lines, None)
                if line is None:
                    return
                failure = self._deliver(line)
                with self._lock:
                    self._count(line, failure)
        except KeyboardInterrupt as exc:
            self._end("interrupted", exc)
        except BaseException as exc:  # noqa: BLE001  # of a thread, nobody else would see it
            self._end("broken", exc)

    def _deliver(self, line: Line) -> BaseException | None:
        """Give what delivering one event raised, whatever it is."""
        if line.event is None:
            return None
        try:
            for _ in range(MOST_WAITS):
                try:
                    self.perform(line.event)
                except ThrottledError as exc:
                    if not self._wait(exc.retry_at):
                        return exc
                else:
                    return None
            self.perform(line.event)
        except OPERATOR:
            raise
        except BaseException as exc:  # noqa: BLE001  # one bad event never stops the run
            return exc
        return None

    def _wait(self, until: datetime | None) -> bool:
        """Wait as the destination asked, if that is soon enough."""
        wait_s = (until - datetime.now(UTC)).total_seconds() if until else LONGEST_WAIT_S + 1
        return wait_s <= LONGEST_WAIT_S and not self._stop.wait(max(wait_s, 0.0))

    def _count(self, line: Line, failure: BaseException | None) -> None:
        tally = self.tally
        tally.last_line = max(tally.last_line, line.number)
        network = isinstance(failure, TransportError | ThrottledError)
        self._in_a_row = self._in_a_row + 1 if network else 0
        if failure is None and line.event is not None:
            tally.sent += 1
        else:
            reason, short = reason_of(failure) if failure is not None else (line.reason, "")
            tally.fail(line.number, self._shown(reason), self._shown(short))
            tally.network += network
            self.failed(line)
        if isinstance(failure, AuthenticationError):
            self._end("authentication", failure)
        elif self._in_a_row >= MOST_IN_A_ROW and failure is not None:
            self._end("network", failure)
        self.tick(tally)

    def _shown(self, text: str) -> str:
        """Redact before cutting: half a secret is not found any more."""
        text = self.state.line(with_options(text))
        cut = len(text) > MAX_REASON_CHARACTERS
        return f"{text[:MAX_REASON_CHARACTERS]}…" if cut else text

    def _end(self, why: str, exc: BaseException) -> None:
        if not self.tally.stopped:
            self.tally.stopped, self.fatal = why, exc
        self._stop.set()
