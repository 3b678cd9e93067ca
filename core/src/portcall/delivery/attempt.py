"""One attempt for one batch: a call of the action's function, and what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import attrs

from portcall.actions.membership import membership_of
from portcall.actions.outcomes import KINDS, Outcome, listed
from portcall.delivery.batch import Batch
from portcall.delivery.channel import Channel
from portcall.delivery.last_exchange import exchange_text
from portcall.delivery.plan import Plan
from portcall.errors import (
    AuthenticationError,
    HookError,
    ReauthorizationError,
    RefreshError,
    ResponseError,
    Sent,
    TransportError,
    UnavailableError,
)
from portcall.model.auth import Auth
from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.requests.client import Client
from portcall.requests.repeats import is_unclear

DELIVERED: Final = Outcome.delivered()
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Attempt:
    """Calls the action's function once, passes its requests on, and remembers what cannot be taken back.

    Args:
        plan: What is to be delivered.
        channel: The connection.
        batch: What the action is called for.

    Attributes:
        auth: The credentials that there were when it began.
        returned: What the function returned.
        is_accepted: A request that changes something was answered with success.
        is_suspect: A request was refused with fresh credentials by an answer that may be about the
            request itself: 403 rather than 401.
    """

    __slots__ = (
        "_answered",
        "_applied",
        "_batch",
        "_last",
        "_maybe",
        "_plan",
        "auth",
        "channel",
        "is_accepted",
        "is_suspect",
        "returned",
    )

    def __init__(self, plan: Plan, channel: Channel, batch: Batch) -> None:
        self._plan = plan
        self.channel = channel
        self._batch = batch
        self._answered: tuple[Request, Response] | None = None
        self._last: tuple[Request, Response | BaseException] | None = None
        self.auth: Auth = channel.auth()
        self.is_accepted = False
        self.is_suspect = False
        self._applied = False  # a request that must not be repeated was answered with success
        self._maybe = False  # a request that must not be repeated may have been applied
        self.returned: object = None

    def call(self) -> Outcome | Sequence[Outcome]:
        """Call the function; return what it says about all events, or about each, or raise as it does."""
        plan, batch = self._plan, self._batch
        asked = plan.callee.names
        given: dict[str, Any] = {
            "client": Client(self.send, idempotent=plan.repeatable),
            "settings": self.channel.settings,
            "auth": self.auth,
            "saved": plan.saved,
            "sync_mode": plan.sync_mode,
        }
        if "membership" in asked:
            given["membership"] = membership_of(batch.events[0])
        if "idempotency_key" in asked:
            given["idempotency_key"] = self._key()
        if plan.batching is None:
            given["payload"], given["event"] = batch.payloads[0], batch.events[0]
            self.returned = said = plan.callee(given)
            return self._clean(said) if isinstance(said, Outcome) else DELIVERED
        if "payloads" in asked:
            given["payloads"] = tuple(batch.payloads)
        if "events" in asked:
            given["events"] = tuple(batch.events)
        if "items" in asked:
            given["items"] = tuple(batch.datas)
        self.returned = said = plan.callee(given)
        return self._of_each(said)

    def send(self, request: Request, raise_for_status: bool) -> Response:
        """Send one request of the action."""
        try:
            response = self.channel.send(request, raise_for_status, self._batch.payloads[0])
        except BaseException as exc:
            self._last = request, exc
            self._note(request, exc)
            raise
        self._answered = self._last = request, response
        if response.status < 300 and request.method not in _READS:
            self.is_accepted = True
            self._applied |= not request.idempotent
        elif is_unclear(response.status):
            self._maybe |= not request.idempotent
        return response

    def _note(self, request: Request, exc: BaseException) -> None:
        """Remember what a request that ended with an exception may have done."""
        status = exc.status if isinstance(exc, TransportError) else None
        if request.answers:
            status = request.answers[-1].status
        if isinstance(exc, UnavailableError):
            self._maybe |= not (exc.not_applied or request.idempotent)
        elif isinstance(exc, AuthenticationError):
            over = isinstance(exc, RefreshError | ReauthorizationError)
            renewed = len(request.answers) > 1 or exc.response is None
            self.is_suspect = status not in {None, 401} and renewed and not over
        elif isinstance(exc, ResponseError):
            return  # the destination, or the plugin's reading of its answer, refused the request
        elif status is not None and status < 300 and request.method not in _READS:
            self.is_accepted = True
            self._applied |= not request.idempotent
        elif isinstance(exc, TransportError) and exc.sent is Sent.MAYBE:
            clear = status is not None and not is_unclear(status)
            self._maybe |= not (clear or request.idempotent)

    @property
    def is_final(self) -> bool:
        """Whether calling the function again might apply something twice."""
        return self._applied or (self._maybe and not self._plan.retry.unclear)

    @property
    def where(self) -> str:
        """Whose code an attempt calls, for messages."""
        return f"action {self._plan.action.name!r} of {self.channel.plugin()}"

    def repeats(self, outcome: Outcome) -> bool:
        """Return whether an item that was not delivered may be sent again, as far as its status says."""
        plan = self._plan
        return plan.repeatable or plan.retry.unclear or not is_unclear(outcome.status)

    def exchange(self) -> str:
        """Return the last request and its answer, as `Outcome.exchange` has them; empty if none was sent."""
        if self._last is None:
            return ""
        batch = self._batch
        are_known = len(batch.payloads) == len(batch)
        has_secrets = any(field.secret for field in self._plan.action.fields)
        payloads = batch.payloads if are_known or not has_secrets else None
        return exchange_text(*self._last, self.channel.redactor(), payloads)

    def renew(self) -> bool:
        """Have fresh credentials made, after an answer that refused them for some items."""
        return self._answered is not None and self.channel.renew(*self._answered, self.auth)

    def _key(self) -> str:
        keys = self._batch.keys(self._plan.salt)
        return keys[0] if len(keys) == 1 else sha256("\n".join(keys).encode()).hexdigest()[:32]

    def _of_each(self, said: object) -> Outcome | Sequence[Outcome]:
        """Return what a batch function said about all events, or about each."""
        try:
            found = listed(said, len(self._batch))
            if isinstance(found, Outcome):
                return self._clean(found)
            return [self._clean(each) for each in found]
        except (AttributeError, TypeError, ValueError) as exc:
            fault = HookError(f"{self.where}: {exc}")
        return Outcome("uncertain", reason=self.channel.clean(str(fault)), fault=fault)

    def _clean(self, outcome: Outcome) -> Outcome:
        """Take secrets out of what an author wrote."""
        if outcome.kind not in KINDS:
            raise ValueError(f"there is no outcome {outcome.kind!r}")
        if not outcome.reason:
            return outcome
        return attrs.evolve(outcome, reason=self.channel.clean(outcome.reason))
