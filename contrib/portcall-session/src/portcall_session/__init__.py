"""Session logins: log in once for everyone, keep the session, log in again when it is over."""

from __future__ import annotations

from typing import Any

import attrs

from portcall import (
    Auth,
    Client,
    HookRelay,
    Kind,
    RequestOptions,
    Response,
    Secret,
    Verdict,
    field,
    reveal,
)
from portcall_session.declared import declared
from portcall_session.hooks import (
    NotSignedIn,
    SessionLogin,
    SessionRequest,
    SessionStep,
    hookimpl,
    session_login,
)
from portcall_session.leaving import end_session, log_out
from portcall_session.places import (
    Cookie,
    Cookies,
    Header,
    Hidden,
    InBasic,
    InCookie,
    InCookies,
    InHeader,
    InQuery,
    Json,
    MaxAge,
)
from portcall_session.signing_in import BASE_URL, sign_in

__all__ = [
    "Cookie",
    "Cookies",
    "Header",
    "Hidden",
    "InBasic",
    "InCookie",
    "InCookies",
    "InHeader",
    "InQuery",
    "Json",
    "MaxAge",
    "NotSignedIn",
    "SessionLogin",
    "SessionRequest",
    "SessionStep",
    "end_session",
    "hookimpl",
    "log_out",
    "session_login",
]


@attrs.frozen
class Credentials:
    """What every destination of this scheme asks for, unless it redefines it."""

    username: str = field(
        label="Username", description="Of an account that was made for this connection."
    )
    password: Secret = field(label="Password", description="The password of that account.")


@hookimpl
def auth_fields() -> type[Credentials]:
    return Credentials


@hookimpl
def extend_request(settings: Any, auth: Auth, hooks: HookRelay) -> RequestOptions | None:
    session = auth.access_token
    login = declared(hooks, settings, auth) if session else None
    if session is None or login is None:
        return None
    options = login.sent.options(session)
    base_url = auth.state.get(BASE_URL)
    if base_url is None:
        return options
    return RequestOptions(base_url=reveal(base_url), headers=options.headers, query=options.query)


@hookimpl
def classify_response(
    response: Response, settings: Any, auth: Auth, hooks: HookRelay
) -> Verdict | None:
    """Recognise "not signed in", however the destination says it."""
    login = declared(hooks, settings, auth)
    if login is not None and any(rule.matches(response) for rule in login.not_signed_in):
        return Verdict(Kind.CHALLENGED, reason="not signed in")
    return None


@hookimpl
def refresh_access_token(
    client: Client, settings: Any, auth: Auth, hooks: HookRelay
) -> Auth | None:
    """Log in; how often and for whom is the core's to decide, as for every refresh."""
    return sign_in(client, auth, lambda known: declared(hooks, settings, known), settings)
