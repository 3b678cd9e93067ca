"""OAuth 2.0 (RFC 6749, RFC 6750): bearer tokens, how they are had, and how they are renewed.

A destination answers ``oauth2_endpoints``, and the scheme does the rest; what a destination answers
itself, it answers instead of the scheme. The grants are in `portcall.schemes.oauth2.grants` and
`portcall.schemes.oauth2.device`, the listener for a browser in `portcall.schemes.oauth2.loopback`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pluggy import HookRelay

from portcall.errors import AuthenticationError, SettingsError
from portcall.model.auth import Auth, Authorization
from portcall.model.http_request import RequestOptions
from portcall.model.http_response import Kind, Response, Verdict
from portcall.plugins.hookimpls import hookimpl
from portcall.plugins.hookspecs import hookspec
from portcall.requests.client import Client
from portcall.schemes.oauth2 import authorizing, grants
from portcall.schemes.oauth2.challenges import bearer_error
from portcall.schemes.oauth2.declared import declared
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.secret import Secret, Text

_SCOPE: Final = "insufficient_scope"


@hookspec(firstresult=True)
def oauth2_endpoints(settings: Any) -> OAuth2Endpoints | None:
    """Declare where and how tokens are issued; the scheme adds this hook.

    Combination: the strongest answer; None if no layer answers, and then the destination implements
    ``refresh_access_token`` and the two authorization hooks itself, if it needs them.

    Args:
        settings: What the customer filled in, as the class of ``auth_fields``.

    Returns:
        The endpoints; the host of every endpoint that portcall sends requests to must be in ``allowed_hosts``
        (all except ``authorize_url``, which the person's browser opens).

    Example::

        import attrs
        import portcall


        @attrs.frozen
        class Settings:
            region: str = portcall.field(label="Region", format="hostname-label", default="eu")


        @portcall.hookimpl
        def auth_scheme() -> str:
            return "oauth2"


        @portcall.hookimpl
        def auth_fields() -> type[Settings]:
            return Settings


        @portcall.hookimpl
        def allowed_hosts() -> list[str]:
            return ["*.example.com"]


        @portcall.hookimpl
        def oauth2_endpoints(settings: Settings) -> portcall.OAuth2Endpoints:
            base = f"https://{settings.region}.example.com/oauth"
            return portcall.OAuth2Endpoints(
                authorize_url=f"{base}/authorize",
                token_url=f"{base}/token",
                scopes=["events:write"],
                settings_from_token={"api_url": "api_url"},
            )


        @portcall.hookimpl
        def extend_request(auth: portcall.Auth) -> portcall.RequestOptions:
            return portcall.RequestOptions(base_url=auth.state.get("api_url"))
    """


@hookimpl
def extend_request(auth: Auth) -> RequestOptions | None:
    """Put a bearer token onto the request (RFC 6750 §2.1); one of another type is left alone."""
    if not auth.access_token or auth.token_type.lower() != "bearer":
        return None
    return RequestOptions(headers={"authorization": Secret(f"Bearer {auth.access_token}")})


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """A token with too few scopes gets no better by a refresh (RFC 6750 §3.1)."""
    if response.status in {401, 403} and bearer_error(response) == _SCOPE:
        return Verdict(Kind.REJECTED, reason=_SCOPE)
    return None


@hookimpl
def refresh_access_token(
    client: Client, settings: Any, auth: Auth, hooks: HookRelay
) -> Auth | None:
    """Get the next token the way the last one was had."""
    endpoints = declared(hooks, settings)
    try:
        return grants.refresh(client, endpoints, auth) if endpoints else None
    except SettingsError as error:
        # While the token is good, a client id that is missing must not stop a request.
        reason = str(error)
    raise AuthenticationError(f"no fresh token: {reason}")


@hookimpl
def begin_authorization(
    settings: Any, redirect_url: str, auth: Auth, hooks: HookRelay
) -> Authorization | None:
    endpoints = declared(hooks, settings)
    return authorizing.begin(endpoints, auth, redirect_url) if endpoints else None


@hookimpl
def finish_authorization(
    client: Client,
    settings: Any,
    pending: Mapping[str, Text],
    redirected_url: str,
    auth: Auth,
    hooks: HookRelay,
) -> Auth | None:
    endpoints = declared(hooks, settings)
    if endpoints is None or endpoints.authorize_url is None:
        return None
    return authorizing.finish(client, endpoints, auth, pending, redirected_url)
