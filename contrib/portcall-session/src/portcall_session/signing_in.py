"""Logging in and prolonging a session: requests through the client, an auth out of the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import attrs

from portcall import (
    Auth,
    AuthenticationError,
    Client,
    ReauthorizationError,
    RefreshError,
    Response,
    Secret,
    SignInNotFoundError,
    basic_authorization,
    retry_after,
)
from portcall_session.hooks import NotSignedIn, SessionLogin, SessionRequest
from portcall_session.jar import Jar
from portcall_session.lifetimes import end_of
from portcall_session.naming_fields import fields_of
from portcall_session.places import Cookies, text_at

BASE_URL: Final = "base_url"
"""The key of ``auth.state`` that holds a base URL from the login."""

_WRONG: Final = frozenset({400, 401, 403, 422})
_MOST_STEPS: Final = 10
_NOWHERE: Final = frozenset({404, 405, 410})


def sign_in(
    client: Client,
    auth: Auth,
    declare: Callable[[Auth], SessionLogin | None],
    settings: object = None,
) -> Auth | None:
    """Get a session: prolong the one there is, or else log in.

    Args:
        client: Carries no credentials.
        auth: The session there is, if there is one.
        declare: Asks the destination for its login, given an auth.
        settings: What the customer filled in, to name what the login was refused for.

    Returns:
        An auth with the session, or None if the destination declares no login.

    Raises:
        ReauthorizationError: The login was refused: a person has to correct the settings in ``fields``.
        SignInNotFoundError: There is no login at that URL.
        RefreshError: The destination cannot serve just now.
        AuthenticationError: It answered, and there is no session in the answer.
    """
    login = declare(auth)
    if login is None:
        return None
    if login.refresh is not None:
        started, answer = now(), _send(client, login.refresh)
        fresh = _session(login, auth, answer, started) if answer.status < 300 else None
        if fresh is not None:
            return fresh
        if _any(login.ended, answer):
            nothing = dict.fromkeys(auth.state, "")  # an empty text gives up what was kept
            auth = attrs.evolve(auth, access_token=None, state={})
            login = declare(attrs.evolve(auth, refresh_token=None)) or login
            auth = attrs.evolve(auth, state=nothing)
    jar = Jar()
    login, auth = _stepped(client, login, attrs.evolve(auth, refresh_token=""), declare, jar)
    return _log_in(client, login, auth, settings, jar)


def now() -> datetime:
    """Return the time; a test puts its own clock here."""
    return datetime.now(UTC)


def _stepped(
    client: Client,
    login: SessionLogin,
    auth: Auth,
    declare: Callable[[Auth], SessionLogin | None],
    jar: Jar,
) -> tuple[SessionLogin, Auth]:
    """Take the steps before the login; each may use what the answers before it kept."""
    for place in range(min(len(login.steps), _MOST_STEPS)):
        step = login.steps[place]
        answer = _send(client, step.request, jar)
        kept = {name: text_at(spot, answer) for name, spot in step.keep.items()}
        missing = [name for name, text in kept.items() if text is None]
        if answer.status >= 400 or missing:
            what = f"without {', '.join(missing)}" if missing else "to a step of the login"
            raise AuthenticationError(
                f"{step.request.method} {answer.url} answered {answer.status} {what}", answer
            )
        state = {name: Secret(text) for name, text in kept.items() if text is not None}
        auth = attrs.evolve(auth, state={**auth.state, **state})
        login = declare(auth) or login
    return login, auth


def _log_in(client: Client, login: SessionLogin, auth: Auth, settings: object, jar: Jar) -> Auth:
    started, answer = now(), _send(client, login.request, jar)
    said = f"{login.request.method} {answer.url} answered {answer.status} to the login"
    if answer.status in _WRONG or _any(login.wrong, answer):
        fields = fields_of(login.request, settings)
        names = ", ".join(fields) or "its settings"
        raise ReauthorizationError(f"{said}: correct {names}", fields, answer)
    if answer.status in _NOWHERE:
        raise SignInNotFoundError(f"{said}: there is no login at this URL", answer)
    fresh = _session(login, auth, answer, started, jar) if answer.status < 400 else None
    if fresh is None:
        raise AuthenticationError(f"{said}, without a session ({login.session})", answer)
    return fresh


def _send(client: Client, request: SessionRequest, jar: Jar | None = None) -> Response:
    """Send a request; an answer that says "not now" is raised, every other one is given."""
    headers = dict(request.headers)
    if request.username is not None:
        headers["authorization"] = basic_authorization(request.username, request.password or "")
    cookies = None if jar is None else jar.header(request.url)
    if cookies and "cookie" not in {name.lower() for name in headers}:
        headers["cookie"] = Secret(cookies)
    answer = client(
        request.url,
        method=request.method,
        headers=headers,
        query=request.query,
        json=request.json,
        form=request.form,
        raise_for_status=False,
    )
    if jar is not None:
        jar.take(answer)
    if answer.status in {408, 425, 429} or answer.status >= 500:
        raise RefreshError(
            f"{request.method} {answer.url} answered {answer.status}: no session at the moment",
            retry_after(answer, now()),
            answer,
        )
    return answer


def _session(
    login: SessionLogin, auth: Auth, answer: Response, started: datetime, jar: Jar | None = None
) -> Auth | None:
    """Read the session out of an answer; None if it has none."""
    if jar is not None and isinstance(login.session, Cookies):
        session = login.session.joined(jar.of(answer.url))
    else:
        session = text_at(login.session, answer)
    if session is None:
        return None
    refresh_token = text_at(login.refresh_token, answer)
    return attrs.evolve(
        auth,
        access_token=Secret(session),
        refresh_token=Secret(refresh_token) if refresh_token else auth.refresh_token,
        issued_at=started,
        expires_at=end_of(login, answer, started),
        state={**auth.state, **_kept(login, answer)},
    )


def _kept(login: SessionLogin, answer: Response) -> dict[str, str | Secret]:
    kept: dict[str, str | Secret] = {}
    for name, place in login.keep.items():
        value = text_at(place, answer)
        if value is not None:
            kept[name] = Secret(value)
    base_url = text_at(login.base_url, answer)
    return kept if base_url is None else {**kept, BASE_URL: base_url}


def _any(rules: tuple[NotSignedIn, ...], answer: Response) -> bool:
    return any(rule.matches(answer) for rule in rules)
