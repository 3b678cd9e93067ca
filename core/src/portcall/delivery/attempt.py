"""One attempt for one batch: a call of the action's function, and what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import attrs

from portcall.actions.membership import membership_of
from portcall.actions.outcomes import Outcome, Outcomes, listed
from portcall.delivery.channel import Channel
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import Item
from portcall.errors import Sent, TransportError
from portcall.model import Auth, Request, Response
from portcall.requests.client import Client

DELIVERED: Final = Outcome.delivered()


class Attempt:
    """Calls the action's function once, passes its requests on, and remembers what cannot be taken back.

    Args:
        plan: What is to be delivered.
        channel: The connection.
        items: What the action is called for.

    Attributes:
        returned: What the function returned.
        applied: A request that must not be repeated was answered with success.
        maybe: A request that must not be repeated may have been applied.
    """

    __slots__ = (
        "_answered",
        "_channel",
        "_items",
        "_plan",
        "applied",
        "auth",
        "maybe",
        "returned",
    )

    def __init__(self, plan: Plan, channel: Channel, items: Sequence[Item]) -> None:
        self._plan = plan
        self._channel = channel
        self._items = items
        self._answered: tuple[Request, Response] | None = None
        self.auth: Auth = channel.auth()
        self.applied = False
        self.maybe = False
        self.returned: object = None

    def call(self) -> list[Outcome]:
        """Call the function; return what it says about each item, or raise as it does."""
        plan, items = self._plan, self._items
        asked = plan.callee.names
        given: dict[str, Any] = {
            "client": Client(self.send, idempotent=plan.repeatable),
            "settings": self._channel.settings,
            "auth": self.auth,
            "saved": plan.saved,
            "sync_mode": plan.sync_mode,
        }
        if "membership" in asked:
            given["membership"] = membership_of(items[0].event)
        if "idempotency_key" in asked:
            given["idempotency_key"] = self._key()
        if plan.batching is None:
            given["payload"], given["event"] = items[0].payload, items[0].event
            self.returned = said = plan.callee(given)
            return [self._clean(said) if isinstance(said, Outcome) else DELIVERED]
        if "payloads" in asked:
            given["payloads"] = tuple([item.payload for item in items])
        if "events" in asked:
            given["events"] = tuple([item.event for item in items])
        if "items" in asked:
            given["items"] = tuple([item.data for item in items])
        self.returned = said = plan.callee(given)
        return self._of_each(said)

    def send(self, request: Request, raise_for_status: bool) -> Response:
        """Send one request of the action."""
        try:
            response = self._channel.send(request, raise_for_status, self._items[0].payload)
        except TransportError as exc:
            self.maybe |= exc.sent is Sent.MAYBE and not request.idempotent
            raise
        self._answered = request, response
        if response.status < 300 and not request.idempotent:
            self.applied = True
        return response

    @property
    def final(self) -> bool:
        """Calling the function again might apply something twice."""
        return self.applied or self.maybe

    def renew(self) -> bool:
        """Have fresh credentials made, after an answer that refused them for some items."""
        return self._answered is not None and self._channel.renew(*self._answered, self.auth)

    def _key(self) -> str:
        keys = [item.key(self._plan.salt) for item in self._items]
        return keys[0] if len(keys) == 1 else sha256("\n".join(keys).encode()).hexdigest()[:32]

    def _of_each(self, said: object) -> list[Outcome]:
        """Return what a batch function said about each item."""
        count = len(self._items)
        if isinstance(said, Outcomes):
            return [self._clean(each) if each.reason else each for each in listed(said, count)]
        name = self._plan.action.name
        what = f"{name}: its batch gave {type(said).__name__} and no Outcomes"
        return [Outcome.uncertain(what)] * count

    def _clean(self, outcome: Outcome) -> Outcome:
        """Take secrets out of what an author wrote."""
        if not outcome.reason:
            return outcome
        return attrs.evolve(outcome, reason=self._channel.clean(outcome.reason))
