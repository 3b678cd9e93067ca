"""One customer's credentials at one destination: attempt, classify, renew once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
from pluggy import HookRelay

from portcall.client import Client
from portcall.composing import TIMEOUT_S, apply_signature, compose
from portcall.errors import SettingsError
from portcall.model import (
    EMPTY,
    Auth,
    Authorization,
    Kind,
    Request,
    RequestOptions,
    Response,
    Verdict,
)
from portcall.policy import Policy
from portcall.redaction import Redactor, forget_frames, redact_exception
from portcall.redirects import follow
from portcall.renewal import Renewal
from portcall.secret import Text
from portcall.verdicts import classify, failure

if TYPE_CHECKING:
    from portcall.actions import Action, Choices, Outcome
    from portcall.delivery import Link, Retry
    from portcall.destination import Destination

_T = TypeVar("_T")
_NUMBERS: Final = count(1)


class Connection:
    """One customer's account at one destination, ready to send.

    Made by `Destination.connect`; safe to use from any number of threads.
    """

    __slots__ = ("_name", "_policy", "_registration", "_renewal", "destination", "settings")

    def __init__(
        self,
        destination: Destination,
        settings: Any,
        policy: Policy,
        renewal: Renewal,
        registration: Auth,
    ) -> None:
        self.destination: Final = destination
        self.settings: Final = settings
        self._policy: Final = policy
        self._renewal: Final = renewal
        self._registration: Final = registration
        self._name: Final = f"{destination.slug}-{next(_NUMBERS)}"

    @property
    def auth(self) -> Auth:
        """The current credentials; a renewal replaces them whole."""
        return self._renewal.auth

    @property
    def client(self) -> Client:
        """Sends requests as this connection."""
        return Client(self._send)

    def test(self) -> str | None:
        """Ask the destination whose credentials these are.

        Returns:
            The identity in the destination's words, or None if it has none to give.

        Raises:
            AuthenticationError: The credentials were refused.
            PortcallError: Whatever else `Client` raises.
        """
        ask = self.destination.stack.test_authentication
        return self._guard(ask, self.client, self.settings, self.auth)

    def perform(self, action: Action, event: Mapping[str, Any]) -> object:
        """Let *action* do its work with one event.

        Args:
            action: One of the destination's.
            event: A JSON object; it is read through the action's default mapping.

        Returns:
            What the action returned.

        Raises:
            SettingsError: The payload made of the event is not what the action takes.
            PortcallError: Whatever `Client` raises.
        """
        payload = action.read(event)
        client = Client(partial(self._send, payload=payload))
        return self._guard(action.perform, client, payload, self.settings, self.auth, event)

    def deliver(
        self,
        action: Action,
        events: Iterable[Mapping[str, Any]],
        *,
        mapping: object = None,
        subscribe: str | None = None,
        workers: int = 1,
        saved: Any = None,
        sync_mode: str | None = None,
        retry: Retry | None = None,
    ) -> Iterator[Outcome]:
        """Deliver events: filter, map, check, group, send, and send again what may be sent again.

        Args:
            action: One of the destination's.
            events: JSON objects; read one by one while the outcomes are, so that there may be any
                number of them.
            mapping: From field names to values, in place of the fields' own defaults: JSON with
                directives.
            subscribe: Which events, in FQL; the action's own filter if None, every event if empty.
            workers: How many events, or batches, are under way at once.
            saved: What the action's ``on_save`` gave for this mapping.
            sync_mode: One of the action's; its first if None.
            retry: How long and how often one event, or one batch, is tried.

        Returns:
            One outcome for each event, in their order, whatever happens. Closing the iterator ends the
            delivery: what is under way is finished, nothing else is begun.

        Raises:
            MappingError: The mapping is invalid.
            SubscriptionError: The subscription does not parse.
            SettingsError: The action has no such sync mode, or there are too many workers.
        """
        from portcall.delivery import Order, deliver  # noqa: PLC0415  # most programs never deliver

        order = Order.of(
            action,
            mapping=mapping,
            subscribe=subscribe,
            workers=workers,
            saved=saved,
            sync_mode=sync_mode,
            retry=retry,
        )
        return deliver(order, self._link(), events)

    def choices(
        self,
        action: Action,
        field: str,
        query: str = "",
        page: str | None = None,
        *,
        payload: Mapping[str, Any] = EMPTY,
    ) -> Choices:
        """List the values that the destination offers for a field with ``choices=dynamic``.

        Args:
            action: One of the destination's.
            field: The field's name.
            query: What the value or its label must hold.
            page: ``next_page`` of the page before; None for the first.
            payload: What is filled in so far, by field name.

        Raises:
            SettingsError: The action lists no values for this field.
            PortcallError: Whatever `Client` raises.
        """
        from portcall.delivery import list_choices  # noqa: PLC0415

        given = {**self._own(), "payload": payload}
        return self._guard(partial(list_choices, query=query, page=page), action, field, given)

    def ask(self, action: Action, what: str, **given: Any) -> Any:
        """Ask something of an action that is no delivery.

        Args:
            action: One of the destination's.
            what: ``on_save`` (with ``payload``), ``create_audience`` (``name``) or ``get_audience``
                (``audience_id``).
            given: What it asks for, by name.

        Returns:
            What its author's function gives.

        Raises:
            SettingsError: The action has nothing of that name, or cannot use what it is given.
            PortcallError: Whatever `Client` raises.
        """
        from portcall.delivery import ask  # noqa: PLC0415

        return self._guard(ask, action, what, given, self._own())

    def begin_authorization(self, redirect_url: str) -> Authorization:
        """Start an authorization: say which page to send a person to.

        Args:
            redirect_url: Where the destination sends the person back to; registered there.

        Returns:
            The page, and a small serialisable ``pending`` to keep until they are back.

        Raises:
            SettingsError: This destination needs no authorization by a person.
        """
        begin = self.destination.stack.begin_authorization
        return self._authorizing(begin, redirect_url, self._registered(Auth()))

    def finish_authorization(self, pending: Mapping[str, Text], redirected_url: str) -> Auth:
        """Turn what came back from the person's browser into this connection's credentials.

        Args:
            pending: From `begin_authorization`, maybe in another process.
            redirected_url: The URL the browser was sent back to, whole.

        Returns:
            The credentials; they are kept, and `client` uses them from now on.

        Raises:
            AuthenticationError: The person or the destination said no, or the answer is not ours.
            SettingsError: This destination needs no authorization by a person.
        """
        finish = self.destination.stack.finish_authorization
        auth = self._authorizing(finish, pending, redirected_url, self._registered(Auth()))
        return self._renewal.replace(attrs.evolve(auth, client_id=None, client_secret=None))

    def authorize(self, grant: Callable[[Client, Any, Auth, HookRelay], Auth]) -> Auth:
        """Let *grant* replace this connection's credentials, where no redirect is needed.

        Args:
            grant: Takes a client without credentials, the settings, the current credentials with the
                host's own client id and secret, and the hooks; gives the new ones. Schemes bring some.

        Returns:
            The credentials; they are kept, and `client` uses them from now on.

        Raises:
            AuthenticationError: The person or the destination said no.
        """
        hooks, current = self.destination.stack.hooks, self._registered(self.auth)
        auth = self._guard(grant, Client(self._send_bare), self.settings, current, hooks)
        return self._renewal.replace(attrs.evolve(auth, client_id=None, client_secret=None))

    def preview(self, request: Request, payload: Any = None) -> Request:
        """Compose and sign *request* as it would go out now, and send nothing."""
        return self._guard(self._finish, request, self.auth, payload, monotonic())

    def redactor(self) -> Redactor:
        """Something that takes this connection's secrets out of any text."""
        return Redactor.of(self.settings, self.auth, self._registration)

    def __repr__(self) -> str:
        return f"<Connection {self._name}>"

    def _own(self) -> dict[str, Any]:
        return {"client": self.client, "settings": self.settings, "auth": self.auth}

    def _link(self) -> Link:
        from portcall.delivery import Link  # noqa: PLC0415

        def renew(request: Request, response: Response, auth: Auth) -> bool:
            return self._guard(self._renew, request, response, auth, monotonic()) is not None

        return Link(self._send, renew, self.settings, lambda: self.auth, self.redactor)

    def _send(self, request: Request, raise_for_status: bool, payload: Any = None) -> Response:
        return self._guard(self._exchange, request, raise_for_status, payload)

    def _guard(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Run *work*; what it raises leaves without a secret in its text, notes and frames."""
        try:
            return work(*arguments)
        except BaseException as exc:
            redact_exception(exc, self.redactor())
            forget_frames(exc)
            raise
        finally:
            del arguments

    def _exchange(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        started = monotonic()
        auth = self._renewal.current(self._refresh, request.limits.timeout_s or TIMEOUT_S)
        sent, response, verdict = self._attempt(request, auth, payload, started)
        if verdict.kind is Kind.CHALLENGED:
            fresh = self._renew(sent, response, auth, started)
            if fresh is not None:
                auth = fresh
                again = request.replace(ends_at=sent.ends_at)
                sent, response, verdict = self._attempt(again, auth, payload, started)
        if verdict.kind is Kind.OK:
            self._renewal.accept(auth)
        elif raise_for_status:
            raise failure(sent, response, verdict, self.redactor(), self.destination.secrets)
        return response

    def _attempt(
        self, request: Request, auth: Auth, payload: Any, started: float
    ) -> tuple[Request, Response, Verdict]:
        stack = self.destination.stack
        sent = self._finish(request, auth, payload, started)
        response = stack.send_request(sent)
        for _ in range(sent.limits.max_redirects or 0):
            further = follow(sent, response, self._policy.check)
            if further is None:
                break
            if further.headers:  # same origin: what was signed was another URL
                further = self._sign(further, auth)
            sent, response = further, stack.send_request(further)
        verdict = None
        if stack.classifies:
            verdict = stack.classify_response(sent, response, self.settings, auth)
        return sent, response, verdict or classify(response)

    def _finish(self, request: Request, auth: Auth, payload: Any, started: float) -> Request:
        """Let every layer have its say, hold the URL against the policy, sign."""
        stack = self.destination.stack
        answers = stack.extend_request(request, self.settings, auth, payload)
        finished = compose(
            request, answers, self._policy.check, self._name, self.destination.limits, started
        )
        return self._sign(finished, auth)

    def _sign(self, request: Request, auth: Auth) -> Request:
        stack = self.destination.stack
        signature = stack.sign_request(request, self.settings, auth) if stack.signs else None
        if signature is None:
            return request
        return apply_signature(request, signature, self._policy.check)

    def _renew(
        self, refused: Request, refusal: Response, auth: Auth, started: float
    ) -> Auth | None:
        left_s = (refused.ends_at or started + TIMEOUT_S) - monotonic()

        def answer() -> Auth | None:
            return self.destination.stack.answer_challenge(
                refused, refusal, self.settings, auth, Client(self._send_bare)
            )

        return self._renewal.renew(auth, answer, self._refresh, left_s)

    def _refresh(self, auth: Auth) -> Auth | None:
        refresh = self.destination.stack.refresh_access_token
        fresh = refresh(Client(self._send_bare), self.settings, self._registered(auth))
        return fresh and attrs.evolve(fresh, client_id=None, client_secret=None)

    def _authorizing(self, hook: Callable[..., _T | None], *arguments: Any) -> _T:
        answer = self._guard(hook, Client(self._send_bare), self.settings, *arguments)
        if answer is None:
            raise SettingsError(f"{self.destination.slug} needs no authorization by a person")
        return answer

    def _registered(self, auth: Auth) -> Auth:
        """*auth* with the host's own client id and secret, for the hooks that may see them."""
        own = self._registration
        return attrs.evolve(auth, client_id=own.client_id, client_secret=own.client_secret)

    def _send_bare(self, request: Request, raise_for_status: bool) -> Response:
        return self._guard(self._exchange_bare, request, raise_for_status)

    def _exchange_bare(self, request: Request, raise_for_status: bool) -> Response:
        """Send without credentials: of the layers' wishes only the base URL counts."""
        stack = self.destination.stack
        answers = []
        if "://" not in request.url:
            wishes = stack.extend_request(request, self.settings, self.auth, None)
            answers = [RequestOptions(base_url=wish.base_url) for wish in wishes]
        sent = compose(
            request, answers, self._policy.check, self._name, self.destination.limits, monotonic()
        )
        response = stack.send_request(sent)
        verdict = classify(response)
        if raise_for_status and verdict.kind is not Kind.OK:
            raise failure(sent, response, verdict, self.redactor())
        return response
