"""What a destination declares of its login, and the hook it declares it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol, TypeVar

import attrs

from portcall import Auth, Connection, Hookimpl, Response, Secret, hookspec
from portcall_session.places import Carrier, Place

_Text = str | Secret


@attrs.frozen(kw_only=True)
class SessionRequest:
    """A request that starts, prolongs or ends a session.

    Args:
        url: Relative to the destination's base URL, or absolute.
        method: Upper case.
        headers: More header fields.
        query: Query parameters.
        json: Sent as JSON, if not None.
        form: Sent as ``application/x-www-form-urlencoded``, if not None.
        username: User name for HTTP Basic (RFC 7617); goes with ``password``.
        password: Password for HTTP Basic.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, _Text] = attrs.field(factory=dict, repr=False)
    query: Mapping[str, _Text] = attrs.field(factory=dict, repr=False)
    json: Any = attrs.field(default=None, repr=False)
    form: Mapping[str, _Text] | None = attrs.field(default=None, repr=False)
    username: _Text | None = None
    password: _Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class SessionStep:
    """A request that goes before the login: the page with the form, or a first factor.

    Args:
        request: As that of the login.
        keep: What of the answer to keep in ``auth.state``, by name; ``session_login`` is asked again with
            it, for the next step. A step without one of them is refused.
    """

    request: SessionRequest
    keep: Mapping[str, Place] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class NotSignedIn:
    """What an answer to a stranger looks like; all that is said must hold.

    Args:
        status: 401, 403, 302, 200, 400.
        location: A part of the ``Location``: ``"/login"``.
        media_type: Of the body: ``"text/html"`` where only JSON comes to those who are signed in.
        place: Where a code stands.
        values: What stands there; None for nothing.
    """

    status: int = 401
    location: str = ""
    media_type: str = ""
    place: Place | None = None
    values: tuple[object, ...] = ()

    def matches(self, response: Response) -> bool:
        """Hold this against an answer."""
        return (
            response.status == self.status
            and self.location in response.headers.get("location", "")
            and self.media_type in {"", response.media_type}
            and (self.place is None or self.place.read(response) in self.values)
        )


@attrs.frozen(kw_only=True)
class SessionLogin:
    """A destination's login.

    Args:
        request: Logs in.
        session: Where the session stands in the answer.
        sent: How it goes onto requests.
        lasts_s: Seconds that a session lasts, where that is fixed.
        expires_in: Where the answer says how long, as a number.
        expires_in_unit_s: Seconds in one of that number: 0.001 for milliseconds.
        expires_at: Where the answer says until when: seconds since 1970, or ISO 8601.
        not_signed_in: How an answer looks when the session is over; 401 always is one.
        wrong: How the answer to a refused login looks, beside 400, 401, 403 and 422.
        base_url: Where the answer says which base URL to use from then on; its host must be declared.
        keep: More of the answer to keep in ``auth.state``, by name.
        refresh: Prolongs the session without a login; tried first, where there is one.
        refresh_token: Where the answers say what ``refresh`` is asked with.
        ended: How the answer to ``refresh`` looks when nothing of the session may be used again.
        logout: Ends the session; see `log_out`.
        steps: Requests before the login, in their order, at most 10. The cookies of each answer go with
            the requests that follow to the same host.
    """

    request: SessionRequest
    session: Place
    sent: Carrier
    lasts_s: float | None = None
    expires_in: Place | None = None
    expires_in_unit_s: float = 1.0
    expires_at: Place | None = None
    not_signed_in: tuple[NotSignedIn, ...] = ()
    wrong: tuple[NotSignedIn, ...] = ()
    base_url: Place | None = None
    keep: Mapping[str, Place] = attrs.field(factory=dict)
    refresh: SessionRequest | None = None
    refresh_token: Place | None = None
    ended: tuple[NotSignedIn, ...] = ()
    logout: SessionRequest | None = None
    steps: tuple[SessionStep, ...] = ()


@hookspec(firstresult=True)
def session_login(settings: Any, auth: Auth) -> SessionLogin | None:
    """Declare how this destination is logged in to.

    Combination: the strongest answer.

    Args:
        settings: What the customer filled in.
        auth: The session there is, if there is one: ``access_token``, ``refresh_token`` and ``state``.

    Returns:
        The login, or None for no session at all.

    Example::

        @hookimpl
        def session_login(settings: Settings) -> SessionLogin:
            return SessionLogin(
                request=SessionRequest(
                    url="/session", json={"user": settings.username, "password": settings.password}
                ),
                session=Json("session.id"),
                sent=InHeader("X-Session"),
                lasts_s=1800,
            )
    """


class _OfNothing(Protocol):
    def __call__(self) -> SessionLogin | None: ...


class _OfAuth(Protocol):
    def __call__(self, *, auth: Auth) -> SessionLogin | None: ...


class _OfSettings(Protocol):
    def __call__(self, *, settings: Any) -> SessionLogin | None: ...


class _OfBoth(Protocol):
    def __call__(self, *, settings: Any, auth: Auth) -> SessionLogin | None: ...


class _Ends(Protocol):
    def __call__(self) -> bool: ...


class _EndsConnection(Protocol):
    def __call__(self, *, connection: Connection) -> bool: ...


_EndSession = TypeVar("_EndSession", bound=_Ends | _EndsConnection)
_SessionLogin = TypeVar("_SessionLogin", bound=_OfNothing | _OfAuth | _OfSettings | _OfBoth)


class SessionHookimpl(Hookimpl):
    """Marks hookimpls like portcall's own, and compares those of the scheme's hooks too."""

    def end_session(self, function: _EndSession, /) -> _EndSession:
        """Mark the answer to the hook of this name."""
        return self.answering("end_session", function)

    def session_login(self, function: _SessionLogin, /) -> _SessionLogin:
        """Mark the answer to the hook of this name."""
        return self.answering("session_login", function)


hookimpl: Final = SessionHookimpl()
