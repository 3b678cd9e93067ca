"""The endpoints of the stand-in, and what a test does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, Literal
from urllib.parse import urlsplit

from portcall.checks.reply import Reply
from portcall.model.auth import Auth
from portcall.secret import Secret
from portcall.testing.authorization_server.clients import Proof, RegisteredClient, read_fields
from portcall.testing.authorization_server.consent import Consent, checked_scopes
from portcall.testing.authorization_server.devices import Devices
from portcall.testing.authorization_server.refusals import NO_STORE, Refusal
from portcall.testing.authorization_server.tokens import Grant, Tokens
from portcall.testing.messages import Answer, Received
from portcall.testing.moving_clock import MovingClock
from portcall.testing.peer import Peer

CALLBACK: Final = "https://app.example/callback"
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"


class OAuth2StandIn:
    """An OAuth 2.0 authorization server on a `Peer`, which verifies what it is asked.

    It has an authorization endpoint (code with PKCE by S256, exact redirect URLs, state), a token endpoint
    (codes, refresh tokens with rotation, client credentials, device codes), one for devices and one for
    revocation. A refresh token that is used twice ends its grant. What it refuses, it refuses in the words
    of RFC 6749 §5.2.

    Args:
        peer: Answers at ``{path}/authorize``, ``{path}/token``, ``{path}/device`` and ``{path}/revoke``.
        path: Where the endpoints are, without a slash at the end.
        client_id: Of the only client that it knows.
        client_secret: Goes with it; without meaning where the client authentication is ``"none"``.
        client_authentication: How the client proves who it is; every other way is refused.
        redirect_urls: Where a person may be sent back to; of ``http://127.0.0.1/...`` any port is good.
        scopes: What may be asked for; anything if empty.
        lifetime_s: How long an access token is good.
        rotates: Every refresh issues a new refresh token, and ends the one before.
        pkce: Refuse a request without a code challenge.
        token_body: ``"json"`` where a vendor wants that.
        interval_s: How long a device has to wait between two questions.
        refusal: The answer to an access token that does not count; a 401 of RFC 6750 if None.
        clock: For several stand-ins that share one.

    Attributes:
        grants: How many grants were had at the token endpoint: codes, devices, client credentials.
        refusals: The error of each refused request, in order: ``["invalid_grant"]``.

    Example::

        def test_a_token_that_ended_is_renewed_once(host, peer):
            host.stand_in("api.example.com", peer)
            server = OAuth2StandIn(peer, path="/oauth")
            peer.route("GET", "/v1/me", server.guarded(Reply(json={"name": "Ada"})))
            acme = host.destination("acme").connect({}, server.auth())
            server.advance(3600)
            assert acme.test() == "Ada"
            assert server.refreshes == 1
    """

    def __init__(
        self,
        peer: Peer,
        *,
        path: str = "/oauth",
        client_id: str = "app-1",
        client_secret: str = "app-secret-1a2b",  # noqa: S107  # nothing is behind it
        client_authentication: Proof = "client_secret_basic",
        redirect_urls: Iterable[str] = (CALLBACK,),
        scopes: Iterable[str] = (),
        lifetime_s: float = 3600.0,
        rotates: bool = True,
        pkce: bool = True,
        token_body: Literal["form", "json"] = "form",  # noqa: S107  # a format
        interval_s: float = 5.0,
        refusal: Reply | None = None,
        clock: MovingClock | None = None,
    ) -> None:
        secret = "" if client_authentication == "none" else client_secret
        self.grants = 0
        self.refusals: Final[list[str]] = []
        self._peer: Final = peer
        self._path: Final = path
        self._body: Final = token_body
        self._refusal: Final = refusal
        self._clock: Final = clock or MovingClock()
        self._client: Final = RegisteredClient(
            client_id, secret, client_authentication, tuple(redirect_urls)
        )
        self._scopes: Final = frozenset(scopes)
        self._consent: Final = Consent(self._client, self._scopes, self._clock, pkce=pkce)
        self._tokens: Final = Tokens(self._clock, lifetime_s, rotates=rotates)
        self._devices: Final = Devices(self._clock, interval_s)
        self._given: Final[list[Grant]] = []
        self._lock: Final = Lock()
        peer.route("GET", f"{path}/authorize", self._authorize)
        peer.route("POST", f"{path}/token", self._answering(self._token))
        peer.route("POST", f"{path}/device", self._answering(self._device))
        peer.route("POST", f"{path}/revoke", self._answering(self._revoke))

    @property
    def refreshes(self) -> int:
        """How many refreshes succeeded."""
        return self._tokens.refreshes

    @property
    def reuses(self) -> int:
        """How many times a refresh token came that was used before."""
        return self._tokens.reuses

    def auth(self) -> Auth:
        """Return the credentials of a connection that a person has authorized, with the client's own."""
        with self._lock:
            answer = self._tokens.issue(self._granted(Grant(self._scopes)))
        return Auth(
            access_token=Secret(answer["access_token"]),
            refresh_token=Secret(answer["refresh_token"]),
            client_id=self._client.id,
            client_secret=Secret(self._client.secret) if self._client.secret else None,
        )

    def consent(self, url: str, *, approves: bool = True) -> str:
        """Be the person at the authorization page.

        Args:
            url: Of `Authorization`, from ``connection.begin_authorization``.
            approves: What the person says.

        Returns:
            The URL that the person is sent back to, for ``connection.finish_authorization``.

        Raises:
            AssertionError: The page would not let the person go back: says why.
        """
        parts = urlsplit(url)
        if parts.path != f"{self._path}/authorize":
            raise AssertionError(f"the page is at {self._path}/authorize, not at {parts.path}")
        try:
            with self._lock:
                return self._consent.answer(parts.query, approves=approves)
        except Refusal as refusal:
            raise AssertionError(f"the authorization page refuses the request: {refusal}") from None

    def enter(self, user_code: str, *, approves: bool = True) -> None:
        """Be the person who enters the code that a device shows.

        Raises:
            LookupError: No device shows it.
        """
        with self._lock:
            self._devices.enter(user_code, approves=approves)

    def advance(self, seconds: float) -> None:
        """Let time pass here; tokens and codes end by it."""
        self._clock.advance(seconds)

    def end_grants(self) -> None:
        """End every grant, as a person does who withdraws the consent."""
        with self._lock:
            for grant in self._given:
                grant.is_live = False

    def is_signed_in(self, request: Received) -> bool:
        """Return whether a request has an access token that counts now (RFC 6750 §2.1)."""
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        with self._lock:
            return scheme.lower() == "bearer" and self._tokens.is_good(token)

    def guarded(self, answer: Answer) -> Callable[[Received], Reply]:
        """Return an answer for `Peer.route` that only a good access token gets; others get a 401."""

        def check(request: Received) -> Reply:
            if self.is_signed_in(request):
                return answer(request) if callable(answer) else answer
            if self._refusal is None:
                error = ', error="invalid_token"' if "Authorization" in request.headers else ""
                challenge = {"WWW-Authenticate": f'Bearer realm="stand-in"{error}'}  # RFC 6750 §3
                return Reply(401, json={"error": "invalid_token"}, headers=challenge)
            return self._refusal

        return check

    def _answering(
        self, work: Callable[[Received, dict[str, str]], Reply]
    ) -> Callable[[Received], Reply]:
        def answer(request: Received) -> Reply:
            try:
                with self._lock:
                    form = read_fields(request, self._body)
                    self._client.check(request, form)
                    return work(request, form)
            except Refusal as refusal:
                self.refusals.append(refusal.error)
                return refusal.reply()

        return answer

    def _authorize(self, request: Received) -> Reply:
        try:
            with self._lock:
                url = self._consent.answer(request.target.partition("?")[2], approves=True)
        except Refusal as refusal:
            self.refusals.append(refusal.error)
            return Reply(400, json={"error": refusal.error, "error_description": refusal.about})
        return Reply(302, headers={"Location": url})

    def _token(self, _: Received, form: dict[str, str]) -> Reply:
        kind = form.get("grant_type")
        if kind is None:
            raise Refusal("invalid_request", "grant_type is missing")
        if kind == "refresh_token":
            scopes = frozenset(form.get("scope", "").split())
            answer = self._tokens.renew(form.get("refresh_token", ""), scopes)
        else:
            grant = self._granted(self._redeemed(kind, form))
            self.grants += 1
            answer = self._tokens.issue(grant)
        return Reply(json=answer, headers=NO_STORE)

    def _redeemed(self, kind: str, form: dict[str, str]) -> Grant:
        if kind == "authorization_code":
            return self._consent.redeem(form)
        if kind == _DEVICE:
            return self._devices.redeem(form)
        if kind != "client_credentials":
            raise Refusal("unsupported_grant_type", kind[:100])
        if self._client.proof == "none":
            raise Refusal("unauthorized_client", "a public client has no credentials of its own")
        return Grant(
            checked_scopes(form.get("scope"), self._scopes), is_renewable=False
        )  # RFC 6749 §4.4.3

    def _granted(self, grant: Grant) -> Grant:
        self._given.append(grant)
        return grant

    def _device(self, request: Received, form: dict[str, str]) -> Reply:
        scopes = checked_scopes(form.get("scope"), self._scopes)
        page = f"https://{request.headers.get('Host') or 'device.example'}{self._path}/enter"
        return Reply(json=self._devices.begin(scopes, page), headers=NO_STORE)

    def _revoke(self, _: Received, form: dict[str, str]) -> Reply:
        if "token" not in form:
            raise Refusal("invalid_request", "token is missing")
        self._tokens.give_back(form["token"])
        return Reply()
