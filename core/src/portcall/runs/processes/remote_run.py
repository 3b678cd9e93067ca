"""What ends, holds back and writes down the sending of a process: the run's own, asked through a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Final

from portcall.actions import Outcome
from portcall.delivery import Alike
from portcall.runs.circuit import Circuit, Outage
from portcall.runs.processes.asking import Asking
from portcall.runs.processes.event_places import Places
from portcall.runs.processes.told_errors import to_error
from portcall.runs.processes.told_outcomes import to_groups, to_instant
from portcall.runs.stop_signal import INTERRUPTED, StopSignal


class NotRecordedError(Exception):
    """The run could not write down that events are about to be sent; it knows why."""


class RemoteStop(StopSignal):
    """The end of a run, as one of its processes knows it.

    Args:
        asking: Tells the run what has to end it.
    """

    def __init__(self, asking: Asking) -> None:
        super().__init__()
        self._asking: Final = asking

    def end(self, why: str, reason: str = "", error: BaseException | None = None) -> None:
        """End the whole run."""
        self._asking.tell(["stop", why, reason, None if error is None else to_error(error)])
        super().end(why, reason, error)

    def end_here(self) -> None:
        """End what goes on in this process, as the run ends."""
        super().end(INTERRUPTED)


class RemoteCircuit(Circuit):
    """The circuit of a subscription, as one of the run's processes sees it.

    Args:
        asking: Tells the run what was answered.
        place: Which subscription it is.
        stop: Ends the run.
        wait_s: How long, from now on, the run waits for an instant that the destination names.
    """

    def __init__(self, asking: Asking, place: int, stop: StopSignal, wait_s: float) -> None:
        super().__init__(0.0, stop, wait_s=wait_s)
        self._asking: Final = asking
        self._place: Final = place
        self._has_answered = False

    @property
    def has_answered(self) -> bool:
        """The destination has answered any request of this run."""
        return self._has_answered

    def note(self, *, is_open: bool, has_answered: bool) -> None:
        """Note what the run knows."""
        self.outage = Outage(0.0, 0.0) if is_open else None
        self._has_answered |= has_answered

    def until(self) -> float:
        """Return the instant, on the clock of this process, from which on no event is tried again."""
        return monotonic() + float(self._asking.ask("until", self._place))

    def answered(self, trouble: str = "", retry_at: datetime | None = None) -> None:
        """Report an answer of the destination: at once if it names trouble, else with the next outcome."""
        self._has_answered = True
        say = self._asking.tell if trouble or retry_at else self._asking.hold
        say(["answered", self._place, trouble, to_instant(retry_at)])

    def failed(self, trouble: str, retry_at: datetime | None = None) -> None:
        """Report a request without an answer, or an answer that the destination cannot serve."""
        self.outage = self.outage or Outage(0.0, 0.0)
        self._asking.tell(["trouble", self._place, trouble, to_instant(retry_at)])


class RemoteJournal:
    """The journal of the run, which writes before this process sends.

    Args:
        asking: Asks the run.
        place: Which subscription it is for.
        places: Where the events stand in the whole run.
        ended: Gets the events whose outcomes were told.
        circuit: Gets what the run knows of it.

    Attributes:
        is_refused: The run could not write.
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
        """Wait until the run has written down that events are about to be sent, and lets them go.

        Raises:
            NotRecordedError: It could not write.
        """
        may, is_open, has_answered = self._asking.ask(
            "begin", self._place, self._places.spans(indexes)
        )
        self._circuit.note(is_open=is_open, has_answered=has_answered)
        if may is not None:
            self.is_refused = True
            raise NotRecordedError(may)

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Tell what became of events that were sent."""
        indexes = outcomes.indexes if isinstance(outcomes, Alike) else [o.index for o in outcomes]
        self._ended.update(indexes)
        self._asking.tell(["ended", self._place, to_groups(outcomes, self._places)])
