"""How one connection sends: attempt, classify, renew once, and let no secret out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from portcall.credentials.refresher import Refresher
from portcall.errors import TransportError
from portcall.hosts.policy import Policy
from portcall.model import (
    Auth,
    Kind,
    Request,
    RequestOptions,
    Response,
    Verdict,
)
from portcall.redaction import Redactor, forget_frames, redact_exception
from portcall.requests.client import Client
from portcall.requests.composing import TIMEOUT_S, apply_signature, compose
from portcall.requests.redirects import follow
from portcall.requests.verdicts import classify, failure

if TYPE_CHECKING:
    from portcall.destination import Destination

_T = TypeVar("_T")
_NUMBERS: Final = count(1)


class Exchange:
    """What every request of a connection goes through; `Connection` is its public face."""

    __slots__ = ("_name", "_policy", "_refresher", "_registration", "destination", "settings")

    def __init__(
        self,
        destination: Destination,
        settings: Any,
        policy: Policy,
        refresher: Refresher,
        registration: Auth,
    ) -> None:
        self.destination: Final = destination
        self.settings: Final = settings
        self._policy: Final = policy
        self._refresher: Final = refresher
        self._registration: Final = registration
        self._name: Final = f"{destination.slug}-{next(_NUMBERS)}"

    @property
    def auth(self) -> Auth:
        """The current credentials; a renewal replaces them whole."""
        return self._refresher.auth

    @property
    def client(self) -> Client:
        """Sends requests as this connection."""
        return Client(self._send)

    def redactor(self) -> Redactor:
        """Something that takes this connection's secrets out of any text."""
        return Redactor.of(self.settings, self.auth, self._registration)

    def __repr__(self) -> str:
        return f"<Connection {self._name}>"

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
        auth = self._refresher.current(self._refresh, request.limits.timeout_s or TIMEOUT_S)
        sent, response, verdict = self._attempt(request, auth, payload, started)
        if verdict.kind is Kind.CHALLENGED:
            fresh = self._renew(sent, response, auth, started)
            if fresh is not None:
                auth = fresh
                again = request.replace(ends_at=sent.ends_at)
                sent, response, verdict = self._attempt(again, auth, payload, started)
        if verdict.kind is Kind.OK:
            self._refresher.accept(auth)
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
        return sent, response, self._verdict(sent, response, auth)

    def _verdict(self, sent: Request, response: Response, auth: Auth) -> Verdict:
        """Ask the layers what an answer means; where they leave it open, its status says so."""
        stack, verdict = self.destination.stack, None
        if stack.classifies:
            try:
                verdict = stack.classify_response(sent, response, self.settings, auth)
            except TransportError:
                # A refusal needs no body to be one; a success that the body may take back does.
                if response.unreadable is None or response.status < 300:
                    raise
        return verdict or classify(response)

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

        return self._refresher.renew(auth, answer, self._refresh, left_s)

    def _refresh(self, auth: Auth) -> Auth | None:
        refresh = self.destination.stack.refresh_access_token
        fresh = refresh(Client(self._send_bare), self.settings, self._registered(auth))
        return fresh and attrs.evolve(fresh, client_id=None, client_secret=None)

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
