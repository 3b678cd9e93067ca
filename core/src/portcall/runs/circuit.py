"""The circuit of a destination: while it serves nothing, new calls wait, and after some time the run ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import inf
from operator import attrgetter
from threading import Condition
from time import monotonic
from typing import Any, Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike
from portcall.delivery.channel import Channel
from portcall.delivery.dispatcher import STOPPED
from portcall.errors import (
    AuthenticationError,
    PolicyError,
    RefreshError,
    RefusedAddressError,
    ResponseError,
    Sent,
    ThrottledError,
    TransportError,
    UnavailableError,
)
from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.runs.stop_signal import BROKEN, NETWORK, THROTTLED, StopSignal

MOST_IN_VAIN: Final = 3
"""The calls in a row that fail before a run ends: a single event may be the one that cannot be served."""

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
_LOOK_S: Final = 0.2
_VAIN: Final = frozenset({"retry", "uncertain"})
_kind_of: Final = attrgetter("kind")


@attrs.define(eq=False)
class _Call:
    """One call of an action, for one event or a batch."""

    size: int
    began: float = 0.0
    answers: int = 0
    outage: Outage | None = None


@attrs.define(eq=False)
class Outage:
    """The time in which nothing is served.

    Attributes:
        since: The first failure.
        next_at: When another call may begin.
        pause_s: The last pause between two calls.
        probe: The one call that is under way since then.
        had_first: A call that began before the first failure came to nothing.
        in_vain: Later calls that came to nothing.
        is_hopeless: The destination wants to be asked again when the run has long ended.
    """

    since: float
    next_at: float
    pause_s: float = FIRST_PAUSE_S
    probe: _Call | None = None
    had_first: bool = False
    in_vain: int = 0
    is_hopeless: bool = False

    def let_begin(self, call: _Call) -> None:
        """Let one call begin; the next one waits longer."""
        self.probe = call
        self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        self.next_at = max(self.next_at, call.began + self.pause_s)


class Circuit:
    """Holds back the calls of one subscription while its destination cannot serve.

    The first failure opens the circuit. From then on one call at a time begins, with growing pauses, until
    one is served. The run ends when nothing was served for as long as an event is tried again, and
    `MOST_IN_VAIN` calls came to nothing. Those that were under way at the first failure count as one. Used
    by all threads that send.

    Args:
        patience_s: For how long an event is tried again.
        stop: Ends the run.
        waited: The entries that failed in an earlier run. They are sent first: if they counted, the others
            might never be sent.
        now: Seconds that only go forward.
        wall: The wall clock: an aware instant.
        wait_s: How long, from now on, the run waits for an instant that the destination names.

    Attributes:
        waits_until: Until then, on the clock `now`, the run waits for an instant that the destination names.
        told_at: The last instant that the destination has named.
        outage: Begins with a failed call and ends with one that is served; None between outages.
    """

    def __init__(
        self,
        patience_s: float,
        stop: StopSignal,
        waited: frozenset[int] = frozenset(),
        *,
        now: Callable[[], float] = monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait_s: float = 0.0,
    ) -> None:
        self.waits_until: Final = now() + wait_s if wait_s else -inf
        self.told_at: datetime | None = None
        self._is_throttled = False
        self._patience_s: Final = patience_s
        self._stop: Final = stop
        self._waited: Final = waited
        self._now: Final = now
        self._wall: Final = wall
        self._changed: Final = Condition()
        self._calls: Final[dict[int, _Call]] = {}
        self._trouble = ""
        self._retry_at: datetime | None = None
        self._answers = 0
        self.outage: Outage | None = None

    @property
    def has_answered(self) -> bool:
        """The destination has answered any request of this run."""
        return self._answers > 0

    @property
    def trouble(self) -> str:
        """Why no event is delivered at this moment, and how long that is tried; empty while one is."""
        outage, trouble = self.outage, self._trouble
        if outage is None or not trouble:
            return trouble
        left_s = max(outage.since + self._patience_s - self._now(), 0.0)
        return f"{trouble}; trying again for {left_s:.0f} s more"

    @property
    def throttled(self) -> str:
        """Why the destination takes no more for now, if that was its last answer (429); else empty."""
        return self._trouble if self._is_throttled else ""

    def until(self) -> float:
        """Return the instant, on the clock `now`, from which on no event is tried again."""
        outage = self.outage
        if outage is None:
            return inf
        return -inf if outage.is_hopeless else outage.since + self._patience_s

    def answered(self, trouble: str = "", retry_at: datetime | None = None) -> None:
        """Note that the destination has answered a request.

        Args:
            trouble: Its reason, if the request is to be sent again later.
            retry_at: When the destination wants that, if it has said so.
        """
        with self._changed:
            self._answers += 1
            self._trouble, self._retry_at = trouble, retry_at
            self._is_throttled = bool(trouble)
            self.told_at = retry_at or self.told_at

    def failed(self, trouble: str, retry_at: datetime | None = None) -> None:
        """Note that a request has no answer, or one that says that the destination cannot serve.

        Args:
            trouble: The reason, redacted.
            retry_at: When the destination wants to be asked again, if it has said so.
        """
        with self._changed:
            self._trouble, self._retry_at = trouble, retry_at
            self._is_throttled = False
            self.told_at = retry_at or self.told_at
            self._open(self._now())

    def begun(self, numbers: Sequence[int]) -> None:
        """Note a call for entries that is about to begin; waits for its turn, or for the end of the run."""
        call = _Call(len(numbers))
        with self._changed:
            while self.outage and not self._stop and not self._may_begin(self.outage):
                self._changed.wait(_LOOK_S)
            call.began, call.answers = self._now(), self._answers
            call.outage = self.outage
            if self.outage:
                self.outage.let_begin(call)
            self._calls[numbers[0]] = call

    def ended(self, first: int, outcomes: Sequence[Outcome]) -> None:
        """Note the outcomes of a call, or of a part of it, that began with the entry *first*."""
        distinct = (outcomes.outcome,) if isinstance(outcomes, Alike) else outcomes
        kinds = set(map(_kind_of, distinct))
        with self._changed:
            call = self._calls.pop(first, None)
            if kinds - _VAIN:
                # An outcome without any answer says nothing: the plugin may have raised before it sent.
                if call is None or self._answers > call.answers:
                    self.outage = None
            elif call and call.size == len(outcomes) and (self.outage or kinds == {"retry"}):
                self._count(call, first, outcomes)
            if self.outage and self.outage.probe is call:
                self.outage.probe = None
            self._changed.notify_all()

    def _count(self, call: _Call, number: int, outcomes: Sequence[Outcome]) -> None:
        """Count a call that came to nothing as a whole, and end the run if that lasts."""
        outage = self._open(call.began)
        if number in self._waited:
            return
        if call.outage is outage:
            outage.in_vain += 1
        else:
            outage.had_first = True
        if outage.in_vain + outage.had_first >= MOST_IN_VAIN and self._now() >= self.until():
            why = THROTTLED if self._is_throttled else NETWORK
            self._stop.end(why, outcomes[0].reason)

    def _open(self, since: float) -> Outage:
        outage = self.outage = self.outage or Outage(since, self._now() + FIRST_PAUSE_S)
        if self._retry_at is not None:
            asked_at = self._now() + (self._retry_at - self._wall()).total_seconds()
            outage.next_at = max(outage.next_at, asked_at)
            patient_until = max(outage.since + self._patience_s, self.waits_until)
            outage.is_hopeless |= asked_at > patient_until
        return outage

    def _may_begin(self, outage: Outage) -> bool:
        now = self._now()
        return outage.probe is None and (now >= self.until() or now >= outage.next_at)


def watched(channel: Channel, circuit: Circuit, stop: StopSignal) -> Channel:
    """Return a channel that tells a circuit what becomes of requests.

    It ends the run where, from the first request on, the destination is at a place that an operator has to
    allow.

    Args:
        channel: Of the connection.
        circuit: Of the subscription.
        stop: Of the run.
    """
    return attrs.evolve(channel, send=_Watched(channel, circuit, stop).send)


class _Watched:
    def __init__(self, channel: Channel, circuit: Circuit, stop: StopSignal) -> None:
        self._channel: Final = channel
        self._circuit: Final = circuit
        self._stop: Final = stop

    def send(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        """Send a request; raises what the channel does, or that nothing was sent."""
        if self._circuit.outage is not None and self._stop:
            raise TransportError(STOPPED, Sent.NO)
        try:
            response = self._channel.send(request, raise_for_status, payload)
        except (PolicyError, RefusedAddressError) as exc:
            if isinstance(exc, PolicyError) and not exc.may_be_allowed:
                raise  # of a URL that was made of this event, say
            # No event is to blame: each is to be sent when that is allowed.
            failure = TransportError(str(exc), Sent.NO)
            if self._circuit.has_answered:
                self._circuit.failed(self._channel.reason(failure))
            else:
                self._stop.end(BROKEN, error=exc)
            raise failure from exc
        except TransportError as exc:
            self._circuit.failed(self._channel.reason(exc))
            raise
        except RefreshError:  # the destination was not asked for that event
            raise
        except UnavailableError as exc:
            self._circuit.answered()
            self._circuit.failed(self._channel.reason(exc), exc.retry_at)
            raise
        except (ResponseError, AuthenticationError) as exc:
            if isinstance(exc, ThrottledError):
                self._circuit.answered(self._channel.reason(exc), exc.retry_at)
            else:
                self._circuit.answered()
            raise
        self._circuit.answered()
        return response
