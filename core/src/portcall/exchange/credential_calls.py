"""Calls that fetch the credentials of a connection, and so carry none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
from pluggy import HookRelay

from portcall.credentials.client_credentials import variables_of
from portcall.credentials.token_calls import as_failure
from portcall.errors import (
    AuthenticationError,
    ClientRefusedError,
    PluginError,
    PortcallError,
    SettingsError,
)
from portcall.model.auth import Auth, Authorization
from portcall.model.http_request import Request, RequestOptions
from portcall.model.http_response import Kind, Response
from portcall.raised import text_of
from portcall.requests.client import Client
from portcall.requests.composing import TIMEOUT_S, compose
from portcall.requests.verdicts import classify, failure
from portcall.secret import Text

if TYPE_CHECKING:
    from portcall.exchange.exchange import Exchange

_T = TypeVar("_T")


class CredentialCalls:
    """Asks the layers of a connection for credentials, with a client that has none.

    Args:
        exchange: Of the connection.
    """

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange: Final = exchange

    def send(self, request: Request, raise_for_status: bool) -> Response:
        """Send a request without credentials: of the layers' wishes only the base URL counts.

        Args:
            request: As a hook made it.
            raise_for_status: Raise for an answer that is not a success.
        """
        return self._exchange.guard(self._send, request, raise_for_status)

    def answer_challenge(self, refused: Request, refusal: Response, auth: Auth) -> Auth | None:
        """Return fresh credentials that the layers make of a refusal; None if they make none."""
        own = self._exchange
        return own.stack.answer_challenge(refused, refusal, own.settings, auth, Client(self.send))

    def refresh(self, auth: Auth) -> Auth | None:
        """Trade credentials for fresh ones; None if the layers have no way to.

        Raises:
            AuthenticationError: There are none; names the settings that lead to a wrong place.
        """
        own = self._exchange
        try:
            return own.stack.refresh_access_token(
                Client(self.send), own.settings, self.registered(auth)
            )
        except PluginError:
            raise
        except PortcallError as exc:
            failed = self._named(as_failure(exc, own.advice.places(own.settings, text_of(exc))))
            if failed is exc:
                raise
            raise failed from exc

    def begin_authorization(self, redirect_url: str) -> Authorization:
        """Return the page to send a person to; see `Connection.begin_authorization`."""
        begin = self._exchange.stack.begin_authorization
        return self._authorizing(begin, redirect_url, self.registered(Auth()))

    def finish_authorization(self, pending: Mapping[str, Text], redirected_url: str) -> Auth:
        """Keep and return what came back with a person; see `Connection.finish_authorization`."""
        finish = self._exchange.stack.finish_authorization
        auth = self._authorizing(finish, pending, redirected_url, self.registered(Auth()))
        return self._keep(auth)

    def authorize(self, grant: Callable[[Client, Any, Auth, HookRelay], Auth]) -> Auth:
        """Keep and return what *grant* gives; see `Connection.authorize`."""
        own = self._exchange
        current = self.registered(own.refresher.auth)
        return self._keep(
            self._guarded(grant, Client(self.send), own.settings, current, own.stack.hooks)
        )

    def registered(self, auth: Auth) -> Auth:
        """Return *auth* with the host's own client id and secret, for the hooks that may see them."""
        own = self._exchange.registration
        return attrs.evolve(auth, client_id=own.client_id, client_secret=own.client_secret)

    def _authorizing(self, hook: Callable[..., _T | None], *arguments: Any) -> _T:
        own = self._exchange
        answer = self._guarded(hook, Client(self.send), own.settings, *arguments)
        if answer is None:
            raise SettingsError(f"{own.stack.slug} needs no authorization by a person")
        return answer

    def _guarded(self, work: Callable[..., _T], *arguments: Any) -> _T:
        try:
            return self._exchange.guard(work, *arguments)
        except ClientRefusedError as exc:
            named = self._named(exc)
            if named is exc:
                raise
            raise named from None

    def _named(self, exc: AuthenticationError) -> AuthenticationError:
        """Return a refusal of the host's own client with the variables that the client is from."""
        if not isinstance(exc, ClientRefusedError) or exc.fields:
            return exc
        own = self._exchange
        variables = variables_of(own.stack.slug, own.registration)
        if not variables:
            return exc
        return ClientRefusedError(f"{text_of(exc)}: {', '.join(variables)}", (), exc.response)

    def _keep(self, auth: Auth) -> Auth:
        bare = attrs.evolve(auth, client_id=None, client_secret=None)
        return self._exchange.refresher.replace(bare)

    def _send(self, request: Request, raise_for_status: bool) -> Response:
        own = self._exchange
        answers = []
        if "://" not in request.url:
            auth = own.refresher.auth
            wishes = own.stack.extend_request(request, own.settings, auth, None)
            answers = [RequestOptions(base_url=wish.base_url) for wish in wishes]
        # A token call has its own time: cut off, it would cost the grant that its answer holds.
        timeout_s = max(own.limits.timeout_s or 0.0, TIMEOUT_S)
        limits = attrs.evolve(own.limits, timeout_s=timeout_s)
        sent = compose(request, answers, own.policy, own.name, limits, monotonic())
        response = own.answer(sent)
        verdict = classify(response)
        if raise_for_status and verdict.kind is not Kind.OK:
            raise failure(sent, response, verdict, own.redactor())
        return response
