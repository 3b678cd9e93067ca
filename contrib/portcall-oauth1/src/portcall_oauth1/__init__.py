"""OAuth 1.0a (RFC 5849): every request signed by a consumer, for a token or alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall import (
    Auth,
    Authorization,
    Client,
    HookError,
    Request,
    RequestOptions,
    Response,
    Text,
    hookspec,
)
from portcall_oauth1 import flow
from portcall_oauth1.clocks import Clock, learn, timestamp
from portcall_oauth1.flow import Endpoints
from portcall_oauth1.hookimpls import hookimpl
from portcall_oauth1.settings import Credentials, keys_of, token_of
from portcall_oauth1.signing import authorization

__all__ = ["Credentials", "Endpoints", "hookimpl", "oauth1_endpoints"]


@hookspec(firstresult=True)
def oauth1_endpoints(settings: Credentials) -> Endpoints | Mapping[str, Any] | None:
    """Declare where a person authorizes and tokens are given out (RFC 5849 §2).

    Combination: the strongest answer; a destination without one takes tokens made by hand only.

    Args:
        settings: What the customer filled in.

    Returns:
        Three absolute URLs, the first and the third on hosts that the destination declares: `Endpoints`,
        or a mapping with its arguments, which needs no import.

    Example::

        @hookimpl
        def oauth1_endpoints() -> dict[str, str]:
            return {
                "initiate": "https://api.x.com/oauth/request_token",
                "authorize": "https://api.x.com/oauth/authorize",
                "token": "https://api.x.com/oauth/access_token",
            }
    """


@hookimpl
def auth_fields() -> type[Credentials]:
    return Credentials


@hookimpl
def sign_request(request: Request, settings: Credentials, auth: Auth) -> RequestOptions:
    """Sign the finished URL and body, with a nonce and timestamp of this attempt's own."""
    token, keys = token_of(settings, auth), keys_of(settings, auth)
    proof = authorization(request, settings, keys, token, timestamp(auth.live))
    return RequestOptions(headers={"authorization": proof})


@hookimpl
def answer_challenge(request: Request, response: Response, auth: Auth) -> Auth | None:
    """Learn the destination's clock from a timestamp refusal, once (RFC 5849 §3.3)."""
    if isinstance(auth.live, Clock) and auth.live.is_new():
        return None
    clock = learn(request, response)
    return None if clock is None else attrs.evolve(auth, live=clock)


@hookimpl
def begin_authorization(
    client: Client, settings: Credentials, redirect_url: str, hooks: Any
) -> Authorization | None:
    """Without a redirect URL the person copies a verifier from the page (out of band)."""
    endpoints = _endpoints(settings, hooks)
    if endpoints is None:
        return None
    return flow.begin(client, settings, endpoints, redirect_url)


@hookimpl
def finish_authorization(
    client: Client,
    settings: Credentials,
    pending: Mapping[str, Text],
    redirected_url: str,
    hooks: Any,
) -> Auth | None:
    """*redirected_url* may be the bare verifier, out of band."""
    endpoints = _endpoints(settings, hooks)
    if endpoints is None:
        return None
    return flow.finish(client, settings, endpoints, pending, redirected_url)


def _endpoints(settings: Credentials, hooks: Any) -> Endpoints | None:
    """Ask the destination."""
    answer = hooks.oauth1_endpoints(settings=settings)
    if answer is None or isinstance(answer, Endpoints):
        return answer
    try:
        return Endpoints(**answer)
    except TypeError:
        reason = "oauth1_endpoints answers initiate, authorize and token, each a URL"
    raise HookError(reason)
