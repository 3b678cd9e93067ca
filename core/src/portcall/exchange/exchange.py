"""One request of a connection: compose, check, sign, send, classify, and renew once where it is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from portcall.credentials.refresher import Refresher
from portcall.credentials.token_calls import NOWHERE, without_verdict
from portcall.errors import ResponseError, TransportError
from portcall.exchange.credential_calls import CredentialCalls
from portcall.hosts.policy import Policy
from portcall.model.auth import Auth
from portcall.model.http_request import Request
from portcall.model.http_response import Kind, Response, Verdict
from portcall.model.limits import Limits
from portcall.plugins.stack import Stack
from portcall.raised import text_of
from portcall.redaction.exceptions import forget_frames, redact_exception
from portcall.redaction.text import Redactor
from portcall.requests.client import Client
from portcall.requests.composing import TIMEOUT_S, apply_signature, compose, merge_limits
from portcall.requests.redirects import follow
from portcall.requests.verdicts import classify, failure

if TYPE_CHECKING:
    from portcall.credentials.refused_fields import Advice

_T = TypeVar("_T")
_LOGGER: Final = logging.getLogger("portcall")
_NUMBERS: Final = count(1)


class Exchange:
    """What every request of one connection goes through; no secret leaves it in an error.

    Args:
        stack: The layers of the destination.
        settings: What the customer filled in, validated.
        policy: Where requests may go.
        refresher: The credentials, and how they are renewed.
        registration: The host's own client id and secret, for the hooks that may see them.
        limits: What holds where neither the caller nor a layer says otherwise.
        advice: Names what to check after a refusal.
        name: What extras know the connection by; a name of this process alone if None.
    """

    __slots__ = (
        "_has_complained", "_served", "advice", "limits", "name", "policy", "refresher", "registration",
        "settings", "stack",
    )  # fmt: skip

    def __init__(
        self,
        stack: Stack,
        settings: Any,
        policy: Policy,
        refresher: Refresher,
        registration: Auth,
        limits: Limits,
        advice: Advice,
        name: str | None = None,
    ) -> None:
        self.stack: Final = stack
        self.settings: Final = settings
        self.policy: Final = policy
        self.refresher: Final = refresher
        self.registration: Final = registration
        self.limits: Final = limits
        self.advice: Final = advice
        self._has_complained = False
        self._served: Auth | None = None
        # With a sign that no name in a store has.
        self.name: Final = name or f"{stack.slug}#{next(_NUMBERS)}"

    def redactor(self) -> Redactor:
        """Return what takes this connection's secrets out of any text."""
        return Redactor.of(self.settings, self.refresher.auth, self.registration)

    def send(self, request: Request, raise_for_status: bool, payload: Any = None) -> Response:
        """Send a request with the connection's credentials.

        Args:
            request: As the caller made it.
            raise_for_status: Raise for an answer that is not a success.
            payload: What layers see as the payload.

        Raises:
            PortcallError: As `Client` says; an exception of a plugin keeps its own type.
        """
        try:
            return self._send(request, raise_for_status, payload)
        except BaseException as exc:
            self._clean(exc)
            raise
        finally:
            del request, payload  # a traceback shows what is left here
            if self.refresher.lent:
                self.refresher.settle()

    def renew(self, request: Request, response: Response, auth: Auth) -> bool:
        """Return whether there are fresh credentials in place of refused ones.

        Args:
            request: As it was sent.
            response: The answer that refuses the credentials, for some of the items of a batch, say.
            auth: The refused credentials.

        Raises:
            AuthenticationError: No fresh credentials can be had.
        """
        try:
            return self.guard(self._renew, request, response, auth, monotonic()) is not None
        finally:
            self.refresher.settle()

    def serves(self) -> bool:
        """Return whether a request was served with the current credentials."""
        return self._served is self.refresher.auth

    def check(self, *, last: bool = False) -> bool:
        """Ask the destination whose credentials these are; return what `serves` does then.

        Args:
            last: No other request is to come, so that it is enough if credentials of this connection have
                served a request before.
        """
        if self.stack.implements("test_authentication"):
            client = Client(self.send)
            with suppress(Exception):  # whatever it raises, the credentials served no request
                self.guard(
                    self.stack.test_authentication, client, self.settings, self.refresher.auth
                )
        return self.serves() or (last and self._served is not None)

    def test(self) -> str | None:
        """Ask the destination whose credentials these are; see `Connection.test`."""
        ask, auth = self.stack.test_authentication, self.refresher.auth
        try:
            return self.guard(ask, Client(self.send), self.settings, auth)
        except ResponseError as exc:
            places = self.advice.places(self.settings, exc.response.url)
            if exc.response.status not in NOWHERE or not places:
                raise
            missing = ResponseError(f"{exc}; check {places}", exc.response)
        raise missing

    def preview(self, request: Request, payload: Any = None) -> Request:
        """Compose and sign *request* as it would go out now, and send nothing."""
        return self.guard(self._finish, request, self.refresher.auth, payload, monotonic())

    def guard(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Run *work*; what it raises leaves without a secret in its text, notes and frames."""
        try:
            return work(*arguments)
        except BaseException as exc:
            self._clean(exc)
            raise
        finally:
            del arguments

    def _clean(self, exc: BaseException) -> None:
        redact_exception(exc, self.redactor())
        forget_frames(exc)

    def _send(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        started = monotonic()
        auth = self.refresher.auth
        if self.refresher.due is not None and self.refresher.is_due:
            time_s = self._time_s(request, auth, payload)
            refresh = CredentialCalls(self).refresh
            auth = without_verdict(partial(self.refresher.current, refresh, time_s))
        sent, response, verdict = self._send_as(auth, request, payload, started)
        if verdict.kind is Kind.CHALLENGED:
            fresh = self._renew(sent, response, auth, started)
            if fresh is not None:
                auth = fresh
                again = request.replace(ends_at=sent.ends_at)
                sent, response, verdict = self._send_as(auth, again, payload, started)
        if verdict.kind is Kind.OK:
            self._served = auth
            if not self.refresher.notes.are_made:
                self.refresher.accept(auth)
        elif raise_for_status:
            raise failure(
                sent,
                response,
                verdict,
                self.redactor(),
                partial(self.advice.credentials, self.settings, auth, sent),
            )
        return response

    def _time_s(self, request: Request, auth: Auth, payload: Any) -> float:
        """Return the seconds that *request* has: its caller's, or else its layers' or the host's word."""
        if request.limits.timeout_s is not None:
            return request.limits.timeout_s
        limits = Limits()
        if auth.access_token is not None:  # a layer may expect to be asked with credentials only
            for wish in self.stack.extend_request(request, self.settings, auth, payload):
                limits = merge_limits(limits, wish.limits or limits)
        return merge_limits(limits, self.limits).timeout_s or TIMEOUT_S

    def _send_as(
        self, auth: Auth, request: Request, payload: Any, started: float
    ) -> tuple[Request, Response, Verdict]:
        """Send once with these credentials, and follow redirects where the limits allow some."""
        sent = self._finish(request, auth, payload, started)
        redirects = sent.limits.max_redirects or 0
        while True:
            response = self.answer(sent)
            further = follow(sent, response, self.policy.admit) if redirects else None
            if further is None:
                break
            redirects -= 1
            # Same origin: what was signed was another URL.
            sent = self._sign(further, auth) if further.headers else further
        verdict = None if not self.stack.classifies else self._verdict(sent, response, auth)
        return sent, response, verdict or classify(response)

    def answer(self, request: Request) -> Response:
        """Send a finished request; once there is an answer it is the result, whatever an extra does then."""
        known = len(request.answers)
        try:
            response = self.stack.send_request(request)
        except Exception as exc:
            if len(request.answers) == known:
                raise
            self._complain(exc)
            return request.answers[-1]
        if len(request.answers) == known:  # core's transport was not asked
            request.answers.append(response)
        return response

    def _complain(self, exc: Exception) -> None:
        """Log what an extra raised after the destination had answered; as a warning the first time."""
        level = logging.DEBUG if self._has_complained else logging.WARNING
        self._has_complained = True
        self._clean(exc)
        notes = [
            note for note in getattr(exc, "__notes__", ()) if str(note).startswith("portcall: ")
        ]
        _LOGGER.log(
            level,
            "%s: an answer stands, though a plugin failed after it came: %s: %s (%s)",
            self.name,
            type(exc).__name__,
            text_of(exc),
            ", ".join(map(str, notes)),
        )

    def _verdict(self, sent: Request, response: Response, auth: Auth) -> Verdict | None:
        """Ask the layers what an answer means; None where its status says so."""
        try:
            return self.stack.classify_response(sent, response, self.settings, auth)
        except TransportError:
            # A refusal needs no body to be one; a success that the body may take back does.
            if response.unreadable is None or response.status < 300:
                raise
        return None

    def _finish(self, request: Request, auth: Auth, payload: Any, started: float) -> Request:
        """Let every layer have its say, hold the URL against the policy, sign."""
        stack = self.stack
        answers = stack.extend_request(request, self.settings, auth, payload)
        finished = compose(request, answers, self.policy, self.name, self.limits, started)
        return self._sign(finished, auth) if stack.signs else finished

    def _sign(self, request: Request, auth: Auth) -> Request:
        stack = self.stack
        signature = stack.sign_request(request, self.settings, auth) if stack.signs else None
        if signature is None:
            return request
        return apply_signature(request, signature, self.policy.check)

    def _renew(
        self, refused: Request, refusal: Response, auth: Auth, started: float
    ) -> Auth | None:
        left_s = (refused.ends_at or started + TIMEOUT_S) - monotonic()
        calls = CredentialCalls(self)
        answer = partial(without_verdict, partial(calls.answer_challenge, refused, refusal, auth))
        renew = partial(self.refresher.renew, auth, answer, calls.refresh, left_s)
        return without_verdict(partial(renew, at_once=not self.stack.asks_on_challenge))
