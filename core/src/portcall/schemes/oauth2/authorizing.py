"""The two halves of a person's authorization: the page, and what came back from it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from portcall.errors import AuthenticationError, RequestError
from portcall.model.auth import Auth, Authorization
from portcall.requests.client import Client
from portcall.schemes.oauth2.clients import client_id_of, registered
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.grants import exchange_code
from portcall.schemes.oauth2.redirected import code_of
from portcall.schemes.oauth2.signing import base64url
from portcall.secret import Secret, Text, reveal
from portcall.urls import with_query

_REDIRECT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-\"$-~]+")
_STATE: Final = "state"
_REDIRECT_URL: Final = "redirect_url"
_VERIFIER: Final = "code_verifier"


def begin(endpoints: OAuth2Endpoints, auth: Auth, redirect_url: str) -> Authorization | None:
    """Make the URL to send a person to (RFC 6749 §4.1.1), and what to remember.

    Args:
        endpoints: What the destination declared.
        auth: Has the client id.
        redirect_url: Where the person is sent back to; registered at the destination.

    Returns:
        The page, and a pending state of three short texts; None if no person is needed.

    Raises:
        RequestError: The redirect URL is none, or has a fragment (RFC 6749 §3.1.2).
        SettingsError: There is no client id.
    """
    if endpoints.authorize_url is None:
        return None
    if not _REDIRECT.fullmatch(redirect_url):
        raise RequestError("a redirect URL is absolute, in ASCII, without white space and '#'")
    pending = {_STATE: secrets.token_urlsafe(32), _REDIRECT_URL: redirect_url}
    query = {
        **endpoints.authorize_parameters,
        "response_type": "code",
        "client_id": client_id_of(registered(endpoints, auth)),
        "redirect_uri": redirect_url,
        "state": pending[_STATE],
    }
    if endpoints.scope:
        query["scope"] = endpoints.scope
    if endpoints.pkce:
        pending[_VERIFIER] = secrets.token_urlsafe(64)
        query["code_challenge"] = challenge_of(pending[_VERIFIER])
        query["code_challenge_method"] = "S256"
    return Authorization(url=with_query(endpoints.authorize_url, query), pending=pending)


def challenge_of(verifier: str) -> str:
    """Return what the authorize URL shows of a PKCE verifier: its S256 (RFC 7636 §4.2)."""
    return base64url(sha256(verifier.encode("ascii")).digest()).decode()


def finish(
    client: Client,
    endpoints: OAuth2Endpoints,
    auth: Auth,
    pending: Mapping[str, Text],
    redirected_url: str,
) -> Auth:
    """Turn the redirect into credentials (RFC 6749 §4.1.2 to §4.1.4).

    Args:
        client: Carries no credentials.
        endpoints: What the destination declared.
        auth: Has the client id and secret.
        pending: From `begin`.
        redirected_url: What came back.

    Raises:
        AuthenticationError: The answer is not ours or is a refusal, or the code is not taken.
    """
    held = {name: reveal(value) for name, value in pending.items()}
    if not held.get(_STATE) or not held.get(_REDIRECT_URL):
        raise AuthenticationError(
            "the pending state is incomplete: pass back all that begin_authorization returned"
        )
    code = code_of(redirected_url, state=held[_STATE], issuer=endpoints.issuer)
    return exchange_code(
        client,
        endpoints,
        auth,
        code=code,
        redirect_url=held[_REDIRECT_URL],
        verifier=Secret(held[_VERIFIER]) if held.get(_VERIFIER) else None,
    )
