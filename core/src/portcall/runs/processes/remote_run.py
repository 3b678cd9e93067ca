"""Stop signal, circuit and journal of a process: each asks the run's own through a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike
from portcall.runs.circuit import Circuit, Outage
from portcall.runs.processes.asking import Asking
from portcall.runs.processes.error_values import to_error
from portcall.runs.processes.event_places import Places
from portcall.runs.processes.outcome_values import to_groups, to_instant
from portcall.runs.stop_signal import INTERRUPTED, StopSignal


class NotRecordedError(Exception):
    """The run could not record that events are about to be sent; the run has the reason."""


class RemoteStop(StopSignal):
    """The stop signal of a run, in one of its processes.

    Args:
        asking: Tells the run why it has to end.
    """

    def __init__(self, asking: Asking) -> None:
        super().__init__()
        self._asking: Final = asking

    def end(self, why: str, reason: str = "", error: BaseException | None = None) -> None:
        """End the whole run."""
        self._asking.tell(["stop", why, reason, None if error is None else to_error(error)])
        super().end(why, reason, error)

    def end_here(self) -> None:
        """End the work of this process, as the run ends."""
        super().end(INTERRUPTED)


class RemoteCircuit(Circuit):
    """The circuit of a subscription, in one of the run's processes.

    Args:
        asking: Reports answers to the run.
        place: The number of the subscription.
        stop: Ends the run.
        wait_s: How long from now the run waits until an instant that the destination names.
    """

    def __init__(self, asking: Asking, place: int, stop: StopSignal, wait_s: float) -> None:
        super().__init__(0.0, stop, wait_s=wait_s)
        self._asking: Final = asking
        self._place: Final = place
        self._has_answered = False

    @property
    def has_answered(self) -> bool:
        """Whether the destination has answered any request of this run."""
        return self._has_answered

    def note(self, *, is_open: bool, has_answered: bool) -> None:
        """Take over the state of the run's circuit."""
        self.outage = Outage(0.0, 0.0) if is_open else None
        self._has_answered |= has_answered

    def until(self) -> float:
        """Return the instant, on the clock of this process, after which no event is tried again."""
        return monotonic() + float(self._asking.ask("until", self._place))

    def answered(self, trouble: str = "", retry_at: datetime | None = None) -> None:
        """Report an answer of the destination: at once if it names trouble, else with the next outcome."""
        self._has_answered = True
        say = self._asking.tell if trouble or retry_at else self._asking.hold
        say(["answered", self._place, trouble, to_instant(retry_at)])

    def failed(self, trouble: str, retry_at: datetime | None = None) -> None:
        """Report a request without an answer, or an answer that says that the destination cannot serve."""
        self.outage = self.outage or Outage(0.0, 0.0)
        self._asking.tell(["trouble", self._place, trouble, to_instant(retry_at)])


class RemoteJournal:
    """The journal of the run, in which the run records events before this process sends them.

    Args:
        asking: Sends questions to the run.
        place: The number of the subscription.
        places: Of the events in the whole run.
        ended: Called with the events whose outcomes were reported.
        circuit: Takes over the state of the run's circuit.

    Attributes:
        is_refused: The run could not record the events.
    """

    def __init__(
        self, asking: Asking, place: int, places: Places, ended: set[int], circuit: RemoteCircuit
    ) -> None:
        self.is_refused = False
        self._asking: Final = asking
        self._place: Final = place
        self._places: Final = places
        self._ended: Final = ended
        self._circuit: Final = circuit

    def begun(self, indexes: Sequence[int]) -> None:
        """Wait until the run has recorded that events are about to be sent, and allows it.

        Raises:
            NotRecordedError: The run could not record them.
        """
        may, is_open, has_answered = self._asking.ask(
            "begin", self._place, self._places.spans(indexes)
        )
        self._circuit.note(is_open=is_open, has_answered=has_answered)
        if may is not None:
            self.is_refused = True
            raise NotRecordedError(may)

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Report the outcomes of events that were sent."""
        indexes = outcomes.indexes if isinstance(outcomes, Alike) else [o.index for o in outcomes]
        self._ended.update(indexes)
        self._asking.tell(["ended", self._place, to_groups(outcomes, self._places)])
