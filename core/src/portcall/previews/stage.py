"""A delivery without sending: the engine runs, every request is composed and signed, none leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import attrs

from portcall.actions.callee import Callee
from portcall.actions.outcomes import Outcome, Outcomes
from portcall.actions.payloads import all_odd
from portcall.connection import Connection
from portcall.delivery.channel import Channel
from portcall.delivery.delivery import Delivery
from portcall.delivery.engine import deliver
from portcall.delivery.plan import Plan
from portcall.delivery.retry import Retry
from portcall.model.auth import Auth
from portcall.model.http_request import Request
from portcall.model.http_response import Headers, Response

if TYPE_CHECKING:
    from portcall.runs.pipelines.planning import PlannedSubscription

MOST_REQUESTS: Final = 20
_ONCE: Final = Retry(attempts=1, timeout_s=0)
_ANSWER: Final = Response(
    status=200, headers=Headers([("content-type", "application/json")]), body=b"{}"
)


class _EnoughError(BaseException):
    """An action that waits for an answer with something in it would ask forever."""


@attrs.frozen(eq=False)
class Call:
    """What one call of an action would send: for one event, or for a batch of them.

    Args:
        payloads: One for each event.
        requests: Composed and signed, in their order; maybe not all, if answers decide about the rest.
    """

    payloads: Sequence[Any]
    requests: Sequence[Request] = attrs.field(factory=list)


def rehearse(
    connection: Connection,
    planned: PlannedSubscription,
    events: Iterable[Mapping[str, Any]],
    seen: Callable[[Call], None],
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Delivery:
    """Deliver events as far as that goes without sending.

    Args:
        connection: Composes and signs.
        planned: What is to be delivered.
        events: JSON objects.
        seen: Hears of every call that would send something.
        around: Entered around every call of an action.

    Returns:
        One outcome for each event, in their order: ``delivered`` if it would be sent. Every answer is
        200 with an empty object; what an action makes of that is not believed.
    """
    stage = _Stage(connection, seen, around)
    return deliver(stage.plan(planned.plan), stage.channel(), events)


class _Stage:
    """Takes the place of the connection's wire, and of the ears of its actions."""

    def __init__(
        self,
        connection: Connection,
        seen: Callable[[Call], None],
        around: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._seen = seen
        self._around = around
        self._made: list[Request] = []
        self._refusal: BaseException | None = None

    def plan(self, plan: Plan) -> Plan:
        """Return the same plan for one worker and one attempt, with an action that is listened to."""
        action, batching = plan.action, plan.batching
        if batching is not None:
            batching = attrs.evolve(batching, callee=self._heard(batching.callee, "payloads"))
        callee = self._heard(action.callee, "payload")
        heard = attrs.evolve(action, callee=callee, batching=batching)
        # What makes many events at once leaves out payloads that the action's own batch does not ask for.
        return attrs.evolve(
            plan, action=heard, batching=batching, pack_many=all_odd, workers=1, retry=_ONCE
        )

    def channel(self) -> Channel:
        """Return what the engine sends with."""
        return attrs.evolve(self._connection.channel(), send=self._send, renew=_never)

    def hear(self, callee: Callee, given: Mapping[str, Any]) -> Any:
        """Call an action's function; once it sent something, its events count as sent."""
        self._begin()
        said = None
        try:
            with self._around():
                said = callee(given)
        except (Exception, _EnoughError) as exc:
            if exc is self._refusal or not self._made:
                raise
        if not self._made:
            return said
        payloads = given["payloads"] if "payloads" in given else (given["payload"],)
        self._seen(Call(payloads, self._made))
        return Outcomes.delivered(payloads) if "payloads" in given else Outcome.delivered()

    def _begin(self) -> None:
        self._made, self._refusal = [], None

    def _heard(self, callee: Callee, payloads: str) -> Callee:
        # What it does not ask for it would not get, and payloads are counted here.
        return _Heard(callee.function, (*callee.names, payloads), callee, self.hear)

    def _send(self, request: Request, _: bool, payload: Any) -> Response:
        if len(self._made) >= MOST_REQUESTS:
            raise _EnoughError
        try:
            self._made.append(self._connection.preview(request, payload))
        except BaseException as exc:
            self._refusal = exc
            raise
        return _ANSWER


@attrs.frozen(eq=False)
class _Heard(Callee):
    """A function of an action's whose calls are recorded."""

    callee: Callee
    hear: Callable[[Callee, Mapping[str, Any]], Any]

    def __call__(self, given: Mapping[str, Any]) -> Any:
        return self.hear(self.callee, given)


def _never(_: Request, __: Response, ___: Auth) -> bool:
    return False
