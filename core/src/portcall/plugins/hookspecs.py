"""What a plugin may answer, and how portcall combines the answers.

Layers, weakest first: core, extras, scheme, destination. pluggy calls the layer registered last
first, so a list of answers always reads strongest first. A hookimpl names only the arguments it
uses; arguments are only ever added, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pluggy import HookRelay, HookspecMarker

from portcall.model.auth import Auth, Authorization
from portcall.model.http_request import Request, RequestOptions
from portcall.model.http_response import Response, Verdict
from portcall.secret import Text

if TYPE_CHECKING:
    from portcall.actions.action import Action
    from portcall.requests.client import Client

NAME: Final = "portcall"
hookspec = HookspecMarker(NAME)


@hookspec(firstresult=True)
def auth_scheme() -> str | None:
    """Name the authentication scheme this destination composes with.

    Combination: the strongest answer; ``"custom"`` if no layer answers.

    Returns:
        The name of an installed plugin of ``portcall.schemes``: ``"basic"``, ``"oauth2"``, ``"digest"``.

    Example::

        @hookimpl
        def auth_scheme() -> str:
            return "basic"
    """


@hookspec
def auth_fields() -> type[Any] | None:
    """Declare what the customer fills in.

    Combination: collected; the fields of weaker layers come first, a stronger layer redefines one by
    name, and a field with ``init=False`` takes it out of the form at its default.

    Returns:
        An attrs class; see `portcall.field` for what a field can say.

    Example::

        @attrs.frozen
        class Settings:
            subdomain: str = field(label="Subdomain", format="hostname-label")
            api_key: Secret = field(label="API key", description="Settings > Developers.")


        @hookimpl
        def auth_fields() -> type[Settings]:
            return Settings
    """


@hookspec(firstresult=True)
def allowed_hosts(settings: Any) -> Iterable[str] | None:
    """Declare every host that this plugin may talk to. Required of a destination.

    Combination: the strongest answer; asked once for each connection, and every request is compared with it.

    Args:
        settings: What the customer filled in, as the class of ``auth_fields``.

    Returns:
        Patterns: a host (``"api.example.com"``), every host below a suffix (``"*.example.com"``: one or
        more labels), either with a port (``"api.example.com:8443"``), or ``"{endpoint}"``: the scheme, host
        and port of the URL in the setting ``endpoint``. Without a port, the port is 443.

    Example::

        @hookimpl
        def allowed_hosts() -> list[str]:
            return ["api.example.com", "*.eu.example.com"]
    """


@hookspec
def extend_request(
    request: Request, settings: Any, auth: Auth, payload: Any, hooks: HookRelay
) -> RequestOptions | None:
    """Return what this layer wants of a request: base URL, headers, query, credentials.

    Combination: collected; per key the strongest layer wins, and what the caller of ``client`` set
    stays. Header names are compared without case.

    Args:
        request: The request as the caller made it; its URL may be relative still.
        settings: What the customer filled in.
        auth: The connection's credentials.
        payload: The action's payload, or None outside an action.
        hooks: The stack's own hooks, for a scheme that brings hookspecs and asks the destination.

    Returns:
        What the layer wants, or None for nothing.

    Example::

        @hookimpl
        def extend_request(settings: Settings) -> RequestOptions:
            return RequestOptions(
                base_url=f"https://{settings.subdomain}.example.com/api",
                headers={"X-Api-Key": settings.api_key},
            )
    """


@hookspec(firstresult=True)
def sign_request(
    request: Request, settings: Any, auth: Auth, hooks: HookRelay
) -> RequestOptions | None:
    """Sign the finished request, to prove who sends it: OAuth 1.0a, HMAC, digest, SigV4.

    Combination: the strongest answer; exactly one signer. Called inside every attempt, so that a retry
    has a nonce and a date of its own. Only ``headers`` and ``query`` of the answer count, and they
    replace what the request has.

    Args:
        request: Method, absolute URL with its whole query, headers and body as they go on the wire.
        settings: What the customer filled in.
        auth: The connection's credentials.
        hooks: The stack's own hooks.

    Returns:
        The header or query parameters that carry the proof, or None to send the request as it is.

    Example::

        @hookimpl
        def sign_request(request: Request, settings: Settings) -> RequestOptions:
            key = settings.api_key.reveal().encode()
            proof = hmac.new(key, request.body or b"", "sha256").hexdigest()
            return RequestOptions(headers={"X-Signature": proof})
    """


@hookspec(firstresult=True)
def send_request(request: Request) -> Response | None:
    """Move the bytes of one finished request.

    Combination: the strongest answer. Core answers last; extras wrap it and see every request.

    Args:
        request: Signed, allowed by the policy, with its limits resolved.

    Returns:
        The answer, whatever its status.

    Raises:
        TransportError: No usable answer came.

    Example::

        @hookimpl(wrapper=True)
        def send_request(request: Request) -> Generator[None, Response, Response]:
            start = perf_counter()
            response = yield
            print(request.method, response.status, perf_counter() - start)
            return response
    """


@hookspec(firstresult=True)
def classify_response(
    request: Request, response: Response, settings: Any, auth: Auth, hooks: HookRelay
) -> Verdict | None:
    """Return what an answer means, for APIs that say "expired" with 400, 403 or 200.

    Combination: the strongest answer. Core's own: 401 is a challenge, 429 is throttled, 5xx is
    unavailable, 3xx and other 4xx are rejected; 403 is a verdict on the request and no challenge
    (RFC 9110 §15.5.4).

    A POST that was answered 500, 502 or 504 may have been applied, and is sent again only where that does no
    harm. For an API that documents the contrary, answer ``Verdict(Kind.UNAVAILABLE, not_applied=True)``. For
    one that says "too many requests" with 403, answer ``throttled(response)``.

    Args:
        request: As it was sent.
        response: What came back.
        settings: What the customer filled in.
        auth: The credentials the request went out with.
        hooks: The stack's own hooks.

    Returns:
        The verdict, or None to leave it to the weaker layers.

    Example::

        @hookimpl
        def classify_response(response: Response) -> Verdict | None:
            if response.status == 400 and b"token_expired" in response.body:
                return Verdict(Kind.CHALLENGED)
            return None
    """


@hookspec(firstresult=True)
def answer_challenge(
    request: Request,
    response: Response,
    settings: Any,
    auth: Auth,
    client: Client,
    hooks: HookRelay,
) -> Auth | None:
    """Turn a refusal into fresh credentials for one more attempt: digest, session login.

    Combination: the strongest answer; asked before ``refresh_access_token``, one caller at a time for
    each connection.

    Args:
        request: As it was refused.
        response: The refusal.
        settings: What the customer filled in.
        auth: The credentials that were refused.
        client: A client that carries no credentials.
        hooks: The stack's own hooks.

    Returns:
        Fresh credentials, or None to leave it to ``refresh_access_token``.

    Raises:
        AuthenticationError: The destination will not have these settings at all.

    Example::

        @hookimpl
        def answer_challenge(settings: Settings, auth: Auth, client: Client) -> Auth:
            login = {"key": settings.api_key}
            answer = client.post("https://api.example.com/login", json=login).json()
            return attrs.evolve(auth, access_token=answer["session"])
    """


@hookspec(firstresult=True)
def refresh_access_token(
    client: Client, settings: Any, auth: Auth, hooks: HookRelay
) -> Auth | None:
    """Exchange the refresh token for a new access token (RFC 6749 §6).

    Combination: the strongest answer; called once, however many callers wait for it.

    Args:
        client: A client that carries no credentials: a stale bearer must not reach a token endpoint.
        settings: What the customer filled in.
        auth: The refused credentials, with ``client_id`` and ``client_secret``, which it has only here.
        hooks: The stack's own hooks.

    Returns:
        The new credentials, or None if there is nothing to refresh with.

    Raises:
        ReauthorizationError: The grant has ended (``invalid_grant``).
        RefreshError: The token endpoint is temporarily unavailable.

    Example::

        @hookimpl
        def refresh_access_token(client: Client, auth: Auth) -> Auth:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": auth.refresh_token,
                "client_id": auth.client_id,
                "client_secret": auth.client_secret,
            }
            answer = client.post("https://api.example.com/oauth/token", form=form)
            return token_response(answer, auth)
    """


@hookspec(firstresult=True)
def test_authentication(client: Client, settings: Any, auth: Auth, hooks: HookRelay) -> str | None:
    """Ask the destination whose credentials these are.

    Combination: the strongest answer.

    Args:
        client: The connection's own client.
        settings: What the customer filled in.
        auth: The connection's credentials.
        hooks: The stack's own hooks.

    Returns:
        The identity in the destination's words (an account's name, an address), or None if it has none.

    Raises:
        AuthenticationError: The destination refused the credentials.

    Example::

        @hookimpl
        def test_authentication(client: Client) -> str:
            name: str = client.get("/accounts/me.json").json()["name"]
            return name
    """


@hookspec(firstresult=True)
def begin_authorization(
    client: Client, settings: Any, redirect_url: str, auth: Auth, hooks: HookRelay
) -> Authorization | None:
    """Start an authorization: the page to send a person to, and what to remember meanwhile.

    Combination: the strongest answer.

    Args:
        client: A client that carries no credentials.
        settings: What the customer filled in.
        redirect_url: Where the destination sends the person back to.
        auth: Empty except for ``client_id`` and ``client_secret``.
        hooks: The stack's own hooks.

    Returns:
        The page and a small, serialisable pending state.

    Example::

        @hookimpl
        def begin_authorization(settings: Settings, redirect_url: str, auth: Auth) -> Authorization:
            state = secrets.token_urlsafe(32)
            query = {"client_id": auth.client_id, "redirect_uri": redirect_url, "state": state}
            page = f"https://{settings.subdomain}.example.com/authorize?{urlencode(query)}"
            return Authorization(url=page, pending={"state": state})
    """


@hookspec(firstresult=True)
def finish_authorization(
    client: Client,
    settings: Any,
    pending: Mapping[str, Text],
    redirected_url: str,
    auth: Auth,
    hooks: HookRelay,
) -> Auth | None:
    """Turn what came back from the person's browser into credentials.

    Combination: the strongest answer.

    Args:
        client: A client that carries no credentials.
        settings: What the customer filled in.
        pending: What ``begin_authorization`` asked to remember.
        redirected_url: The URL the browser was sent back to, whole.
        auth: Empty except for ``client_id`` and ``client_secret``.
        hooks: The stack's own hooks.

    Returns:
        The connection's first credentials.

    Raises:
        AuthenticationError: The person or the destination refused, or the answer is of another
            authorization.

    Example::

        @hookimpl
        def finish_authorization(
            client: Client, pending: Mapping[str, Text], redirected_url: str, auth: Auth
        ) -> Auth:
            answer = dict(parse_qsl(urlsplit(redirected_url).query))
            if not hmac.compare_digest(answer.get("state", ""), reveal(pending["state"])):
                raise AuthenticationError("the answer does not belong to this authorization")
            form = {"grant_type": "authorization_code", "code": answer["code"]}
            return token_response(client.post("https://api.example.com/oauth/token", form=form), auth)
    """


@hookspec(firstresult=True)
def actions() -> Iterable[Action] | None:
    """List what this destination can do with an event.

    Combination: the strongest answer.

    Returns:
        Functions decorated with `portcall.action`.

    Example::

        @attrs.frozen
        class Message:
            text: str = field(label="Text", default=path("$.properties.text"))


        @action(title="Post a message", subscribe='type = "track"')
        def post_message(client: Client, payload: Message) -> None:
            client.post("/messages", json={"text": payload.text})


        @hookimpl
        def actions() -> list[Action]:
            return [post_message]
    """
