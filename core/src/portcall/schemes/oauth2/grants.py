"""The grants: each sends one request and reads its answer (RFC 6749 §4, §6; RFC 7009; RFC 7523)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import attrs

from portcall.errors import AuthenticationError, ReauthorizationError, SettingsError
from portcall.model.auth import Auth
from portcall.model.http_response import Response
from portcall.model.limits import Limits
from portcall.requests.client import Client
from portcall.schemes.oauth2.answers import MOST_BYTES, fields_of, token_response
from portcall.schemes.oauth2.clients import registered
from portcall.schemes.oauth2.endpoints import GRANT, OAuth2Endpoints
from portcall.schemes.oauth2.refusals import refusal
from portcall.schemes.oauth2.requests import (
    TokenRequest,
    client_credentials_request,
    code_request,
    jwt_bearer_request,
    refresh_request,
    revoke_request,
)
from portcall.secret import Secret, reveal

_LIMITS: Final = Limits(max_body_bytes=MOST_BYTES)
_ACCEPT: Final = {"accept": "application/json"}


def exchange_code(
    client: Client,
    endpoints: OAuth2Endpoints,
    auth: Auth,
    *,
    code: Secret,
    redirect_url: str,
    verifier: Secret | None,
) -> Auth:
    """Exchange an authorization code for the first credentials (RFC 6749 §4.1.3).

    Args:
        client: Carries no credentials.
        endpoints: What the destination declared.
        auth: Has the client id and secret.
        code: From the redirect; good once.
        redirect_url: The same as in the authorization request.
        verifier: The PKCE verifier (RFC 7636 §4.5), or None without PKCE.

    Raises:
        ReauthorizationError: The code is over or was used.
        AuthenticationError: As `token_response`.
    """
    own, asked_at = registered(endpoints, auth), _now()
    request = code_request(
        endpoints, own, code=code, redirect_url=redirect_url, verifier=verifier, now=asked_at
    )
    answer = send(client, request)
    start = attrs.evolve(own, scopes=endpoints.scopes)
    return _read(answer, start, endpoints, asked_at, hidden=(code, verifier or Secret("")))


def refresh(client: Client, endpoints: OAuth2Endpoints, auth: Auth) -> Auth | None:
    """Get fresh credentials the way the current ones were had.

    Args:
        client: Carries no credentials.
        endpoints: What the destination declared.
        auth: Has the client id and secret; ``state["grant"]`` says how it was had, and otherwise the
            endpoints do.

    Returns:
        Fresh credentials, or None if a person's consent is needed and there is no refresh token.

    Raises:
        AuthenticationError: As `token_response`.
    """
    grant = _MACHINES.get(reveal(auth.state.get(GRANT, endpoints.grant)))
    if grant is not None:
        return grant(client, endpoints, auth)
    if not auth.refresh_token:
        return None
    own, asked_at = registered(endpoints, auth), _now()
    request = refresh_request(endpoints, own, auth.refresh_token, now=asked_at)
    return _read(send(client, request), own, endpoints, asked_at)


def client_credentials(client: Client, endpoints: OAuth2Endpoints, auth: Auth) -> Auth:
    """Get a token in the client's own name (RFC 6749 §4.4); parameters as `refresh`."""
    own, asked_at = registered(endpoints, auth), _now()
    answer = send(client, client_credentials_request(endpoints, own, now=asked_at))
    return _machine("client_credentials", answer, own, endpoints, asked_at)


def jwt_bearer(client: Client, endpoints: OAuth2Endpoints, auth: Auth) -> Auth:
    """Get a token with a signed assertion (RFC 7523 §2.1); parameters as `refresh`."""
    own, asked_at = registered(endpoints, auth), _now()
    answer = send(client, jwt_bearer_request(endpoints, own, now=asked_at))
    return _machine("jwt_bearer", answer, own, endpoints, asked_at)


_MACHINES: Final = {"client_credentials": client_credentials, "jwt_bearer": jwt_bearer}


def _machine(
    grant: str, answer: Response, own: Auth, endpoints: OAuth2Endpoints, asked_at: datetime
) -> Auth:
    """Read the answer to a grant that no person has a part in."""
    message = ""
    try:
        fresh = _read(answer, attrs.evolve(own, scopes=endpoints.scopes), endpoints, asked_at)
    except ReauthorizationError as error:
        message = str(error).partition("; a person has to")[0]
    else:
        # The grant itself can be used again: a refresh token is one secret more (RFC 6749 §4.4.3).
        return attrs.evolve(fresh, refresh_token=None, state={**fresh.state, GRANT: grant})
    raise AuthenticationError(
        f"{message}; check the client, its key and this machine's clock: no person is needed for this grant",
        answer,
    )


def revoke(client: Client, endpoints: OAuth2Endpoints, auth: Auth) -> None:
    """Return the tokens back (RFC 7009), the refresh token first; parameters as `refresh`.

    Raises:
        SettingsError: The destination declared no ``revoke_url``.
        AuthenticationError: It refused; `RefreshError` if only just now.
    """
    if endpoints.revoke_url is None:
        raise SettingsError("this destination declares no revoke_url: take the access away there")
    own = registered(endpoints, auth)
    for token, hint in ((auth.refresh_token, "refresh_token"), (auth.access_token, "access_token")):
        if token:
            answer = send(client, revoke_request(endpoints, own, token, hint, now=_now()))
            if not 200 <= answer.status < 300:
                raise refusal(
                    answer, fields_of(answer), now=_now(), endpoints=endpoints, hidden=(own,)
                )


def send(client: Client, request: TokenRequest) -> Response:
    """POST *request*; every status is an answer, and a body above 1 MiB is none."""
    fields = request.fields if request.body == "form" else None
    return client.post(
        request.url,
        form=fields,
        json=dict(request.fields) if request.body == "json" else None,
        headers={**_ACCEPT, **request.headers},
        limits=_LIMITS,
        raise_for_status=False,
    )


def _read(
    answer: Response,
    own: Auth,
    endpoints: OAuth2Endpoints,
    asked_at: datetime,
    *,
    hidden: Iterable[Secret] = (),
) -> Auth:
    # A lifetime counts from the server's answer, which may have been on its way for long.
    return token_response(answer, own, now=asked_at, endpoints=endpoints, hidden=hidden)


def _now() -> datetime:
    return datetime.now(UTC)
