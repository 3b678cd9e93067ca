"""One subscription's way through an input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set as AbstractSet
from contextlib import closing, suppress
from threading import Lock
from typing import Final, Protocol

from portcall.actions import Outcome
from portcall.delivery import Delivery, Journal
from portcall.runs.inputs import Entry
from portcall.runs.outcome_recorder import OutcomeRecorder
from portcall.runs.stop_signal import AUTHENTICATION, BROKEN, NETWORK, REJECTED, StopSignal

MOST_IN_A_ROW: Final = 3
"""So many calls in a row, each tried again and again in vain: the destination cannot serve now."""

MOST_WAITING: Final = 100_000
_VAIN: Final = frozenset({"retry", "uncertain"})
HELD_BYTES: Final = 16 << 20
"""So much of the input is under way at most; then it comes to rest before more is read."""


class Deliver(Protocol):
    """Begins a delivery."""

    def __call__(self, events: Iterator[object], journal: Journal) -> Delivery:
        """Deliver events, and tell the journal."""


class SubscriptionRun:
    """Delivers what one subscription wants, until the input ends or the run does.

    Args:
        recorder: Records the outcomes.
        deliver: Begins a delivery.
        stop: Ends the run.
        limit: Called before each event is handed over; waits until the event may go.
        max_rejected: So many rejected events end the run; None for no limit.
    """

    def __init__(
        self,
        recorder: OutcomeRecorder,
        deliver: Deliver,
        stop: StopSignal,
        limit: Callable[[], None],
        max_rejected: int | None = None,
    ) -> None:
        self.recorder: Final = recorder
        self._deliver: Final = deliver
        self._stop: Final = stop
        self._limit: Final = limit
        self._max_rejected: Final = max_rejected
        self._settling: Final = Lock()
        self._waited: Final = frozenset(recorder.known.waiting)
        self._sizes: Final[dict[int, int]] = {}
        self._held: Final[dict[int, Entry]] = {}
        self._held_bytes = 0
        self._is_cut = False
        self._in_a_row = 0

    @property
    def under_way(self) -> int:
        """Events that were read and have no outcome yet."""
        return len(self._held)

    def run(self, entries: Iterator[Entry]) -> None:
        """Deliver; what is raised by the way is no event's fault, and ends the run."""
        try:
            while self._leg(entries):
                pass
        except BaseException as exc:  # noqa: BLE001  # of a thread, nobody else would see it
            self._stop.end(BROKEN, error=exc)
            with suppress(OSError):  # the reason may be that there is no room for it
                self._keep()
        finally:
            self.recorder.counts.finish()

    def abandon(self) -> None:
        """See to what is under way, when nobody waits for it; nothing else is settled after that."""
        self._settling.acquire()
        self._keep()

    def _keep(self) -> None:
        for entry in list(self._held.values()):
            self.recorder.keep(entry)
        self._held.clear()

    def begun(self, indexes: Sequence[int]) -> None:
        """Pass on what is sent."""
        self._sizes[indexes[0]] = len(indexes)
        self.recorder.begun([self._held[index] for index in indexes])

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Pass on what became of it, and see if it is of use to go on."""
        self.recorder.ended([self._held[outcome.index] for outcome in outcomes], outcomes)
        kinds = {outcome.kind for outcome in outcomes}
        if "reauthorize" in kinds:
            refused = next(outcome for outcome in outcomes if outcome.kind == "reauthorize")
            self._stop.end(AUTHENTICATION, refused.reason)
        self._count_vain(outcomes, kinds)
        many = len(self.recorder.known.waiting) > MOST_WAITING and "retry" in kinds
        if self._in_a_row >= MOST_IN_A_ROW or many:
            failed = next(outcome for outcome in outcomes if outcome.kind in _VAIN)
            self._stop.end(NETWORK, failed.reason)

    def _count_vain(self, outcomes: Sequence[Outcome], kinds: AbstractSet[str]) -> None:
        """Count calls in a row that came to nothing as a whole; not those that did so in an earlier run.

        Whoever sends those first, again and again, would never come to the others.
        """
        first = outcomes[0].index
        whole = self._sizes.pop(first, 0) == len(outcomes)
        silent = kinds <= _VAIN and (kinds == {"retry"} or bool(self._stop.trouble))
        if not (whole and silent):
            self._in_a_row = 0 if kinds - _VAIN else self._in_a_row
        elif self._held[first].number not in self._waited:
            self._in_a_row += 1

    def _leg(self, entries: Iterator[Entry]) -> bool:
        """Deliver until nothing is under way; true if that is not yet the end."""
        self._held_bytes, self._is_cut = 0, False
        self._sizes.clear()
        delivery = self._deliver(self._feed(entries), self)
        with closing(delivery), self._stop.watching(delivery):
            for outcome in delivery:
                with self._settling:
                    entry = self._held[outcome.index]
                    self.recorder.settle(entry, outcome)
                    del self._held[outcome.index]
                if outcome.kind == "rejected" and self._is_too_bad():
                    self._stop.end(REJECTED, outcome.reason)
                self._held_bytes -= len(entry.raw)
        self.recorder.rest()
        return self._is_cut and not self._stop

    def _is_too_bad(self) -> bool:
        most = self._max_rejected
        return most is not None and self.recorder.counts.rejected >= most

    def _feed(self, entries: Iterator[Entry]) -> Iterator[object]:
        """Hand over what is to be delivered, until that takes too much memory."""
        index = 0
        for entry in entries:
            if not self.recorder.wants(entry):
                continue
            self._limit()
            self._held[index] = entry.slim()
            self._held_bytes += len(entry.raw)
            index += 1
            yield entry if entry.event is None else entry.event
            if self._held_bytes > HELD_BYTES:
                self._is_cut = True
                return
