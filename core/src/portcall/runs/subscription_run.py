"""One subscription's way through an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Lock
from typing import Final, Protocol

from portcall.delivery.alike import Alike
from portcall.delivery.delivery import Delivery
from portcall.delivery.idle import IDLE, Idle
from portcall.delivery.journal import Journal
from portcall.runs.circuit import Circuit
from portcall.runs.inputs import Entry
from portcall.runs.outcome_recorder import OutcomeRecorder
from portcall.runs.stop_signal import BROKEN, REJECTED, StopSignal

HELD_BYTES: Final = 16 << 20
"""The most bytes of the input under way; above that, all of them get outcomes before more is read."""


class Deliver(Protocol):
    """Begins a delivery."""

    def __call__(self, events: Iterator[object], journal: Journal, circuit: Circuit, /) -> Delivery:
        """Deliver events, and tell the journal; requests tell the circuit."""


class SubscriptionRun:
    """Delivers what one subscription wants, until the input ends or the run does.

    Args:
        recorder: Records the outcomes.
        deliver: Begins a delivery.
        stop: Ends the run.
        limit: Called before each event is handed over; waits until the event may go. None for no limit.
        max_rejected: The number of rejected events that ends the run; None for no limit.
        whole: Entries are delivered as they were read, in place of the events in them.
    """

    def __init__(
        self,
        recorder: OutcomeRecorder,
        deliver: Deliver,
        stop: StopSignal,
        limit: Callable[[], None] | None,
        max_rejected: int | None = None,
        *,
        whole: bool = False,
    ) -> None:
        self.recorder: Final = recorder
        self._deliver: Final = deliver
        self._stop: Final = stop
        self._limit: Final = limit
        self._max_rejected: Final = max_rejected
        self._whole: Final = whole
        self._settling: Final = Lock()
        self._is_cut = False

    def run(self, entries: Iterator[Entry | Idle]) -> None:
        """Deliver all entries; an exception on the way ends the run, as no event is at fault."""
        try:
            known = self.recorder.ahead(entries)
            while self._deliver_some(known):
                pass
        except BaseException as exc:  # noqa: BLE001  # a thread would lose it
            self._stop.end(BROKEN, error=exc)
            with suppress(OSError):  # the reason may be that there is no room for it
                self.recorder.keep_held()
        finally:
            self.recorder.counts.finish()

    def abandon(self) -> None:
        """Keep the entries under way; no further outcome is settled after that."""
        self._settling.acquire()
        self.recorder.keep_held()

    def _deliver_some(self, entries: Iterator[Entry | Idle]) -> bool:
        """Deliver until nothing is under way; return whether there is more to deliver."""
        self._is_cut = False
        self.recorder.restart()
        delivery = self._deliver(self._feed(entries), self.recorder, self.recorder.circuit)
        with closing(delivery), self._stop.watching(delivery):
            for outcomes in delivery.several():
                if isinstance(outcomes, Alike) and outcomes.outcome.kind == "delivered":
                    with self._settling:
                        self.recorder.settle_done(outcomes)
                    continue
                for outcome in outcomes:
                    with self._settling:
                        self.recorder.settle(outcome)
                    if outcome.kind == "rejected" and self._is_too_bad():
                        self._stop.end(REJECTED, outcome.reason)
        self.recorder.rest()
        return self._is_cut and not self._stop

    def _is_too_bad(self) -> bool:
        most = self._max_rejected
        return most is not None and self.recorder.counts.rejected >= most

    def _feed(self, entries: Iterator[Entry | Idle]) -> Iterator[object]:
        """Yield the events to deliver, until those under way take too much memory."""
        for entry in entries:
            if entry is IDLE:
                self.recorder.idle()
                yield IDLE
                continue
            if not self.recorder.takes(entry):
                continue
            if self._limit is not None:
                self._limit()
            yield entry if self._whole or entry.event is None else entry.event
            if self.recorder.held_bytes > HELD_BYTES:
                self._is_cut = True
                return
