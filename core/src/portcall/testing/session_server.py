"""A stand-in for an API that is signed in to with a session."""

from __future__ import annotations

import json
from collections.abc import Callable
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from typing import Final

from portcall.checks.reply import Reply
from portcall.testing.messages import Answer, Received
from portcall.testing.moving_clock import MovingClock
from portcall.testing.peer import Peer

_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))


class SessionStandIn:
    """Logs in with a user name and a password, and keeps sessions, on a `Peer`.

    A log-in is a POST of JSON or of a form with the user name and the password. Its answer gives the session
    as a cookie, or as a field of JSON, to be sent back in a header. Logging out is a POST or a DELETE.

    Args:
        peer: Answers at *login* and *logout*.
        username: Who may log in.
        password: Goes with it.
        login: Path of the log-in.
        logout: Path of the log-out.
        fields: What the log-in calls the user name and the password.
        cookie: Name of the session's cookie.
        header: Name of the request header that has the session, in place of a cookie. ``Authorization``
            takes it as a bearer token.
        token: With *header*, the name of the session in the log-in's answer.
        csrf_header: A header that requests other than GET must have, with the ``csrf`` of the log-in's
            answer; None for no such thing.
        lifetime_s: How long a session lasts.
        slides: Every use begins the lifetime anew.
        refusal: The answer to a session that does not count.
        clock: For several stand-ins that share one.

    Attributes:
        logins: How many log-ins succeeded.
        refused: How many did not.
        logouts: How many sessions were ended by their owner.

    Example::

        def test_a_session_that_ended_is_followed_by_a_new_log_in(host, peer):
            host.stand_in("api.example.com", peer)
            server = SessionStandIn(peer, login="/v1/session", header="X-Session", token="session")
            peer.route("GET", "/v1/me", server.guarded(Reply(json={"name": "Ada"})))
            acme = host.destination("acme").connect(
                {"username": server.username, "password": server.password}
            )
            acme.test()
            server.advance(3600)
            assert acme.test() == "Ada"
            assert server.logins == 2
    """

    def __init__(
        self,
        peer: Peer,
        *,
        username: str = "ada",
        password: str = "pw-1a2b3c4d",  # noqa: S107  # nothing is behind it
        login: str = "/login",
        logout: str = "/logout",
        fields: tuple[str, str] = ("username", "password"),
        cookie: str = "session",
        header: str | None = None,
        token: str = "token",  # noqa: S107  # a name
        csrf_header: str | None = None,
        lifetime_s: float = 1800.0,
        slides: bool = False,
        refusal: Reply | None = None,
        clock: MovingClock | None = None,
    ) -> None:
        self.username: Final = username
        self.password: Final = password
        self.logins = self.refused = self.logouts = 0
        self._fields: Final = fields
        self._cookie: Final = cookie
        self._header: Final = header
        self._token: Final = token
        self._csrf_header: Final = csrf_header
        self._lifetime_s: Final = lifetime_s
        self._slides: Final = slides
        self._refusal: Final = refusal or Reply(401, json={"error": "no session"})
        self._clock: Final = clock or MovingClock()
        self._ends_s: Final[dict[str, float]] = {}
        self._lock: Final = Lock()
        peer.route("POST", login, self._log_in)
        for method in ("POST", "DELETE"):
            peer.route(method, logout, self._log_out)

    @property
    def live(self) -> int:
        """How many sessions count now."""
        now_s = self._clock.now_s()
        with self._lock:
            return sum(ends_s > now_s for ends_s in self._ends_s.values())

    def advance(self, seconds: float) -> None:
        """Let time pass here; sessions end by it."""
        self._clock.advance(seconds)

    def end_sessions(self) -> None:
        """End every session, as a server does that is restarted."""
        with self._lock:
            self._ends_s.clear()

    def is_signed_in(self, request: Received) -> bool:
        """Return whether a request has a session that counts now, and what guards it against forgery."""
        session, now_s = self._session(request), self._clock.now_s()
        with self._lock:
            if session is None or self._ends_s.get(session, 0.0) <= now_s:
                return False
            if self._csrf_header and request.method not in _SAFE:
                given = request.headers.get(self._csrf_header) or ""
                if not compare_digest(given.encode(), _csrf(session).encode()):
                    return False
            if self._slides:
                self._ends_s[session] = now_s + self._lifetime_s
        return True

    def guarded(self, answer: Answer) -> Callable[[Received], Reply]:
        """Return an answer for `Peer.route` that only a session gets; others get the refusal."""

        def check(request: Received) -> Reply:
            if not self.is_signed_in(request):
                return self._refusal
            return answer(request) if callable(answer) else answer

        return check

    def _log_in(self, request: Received) -> Reply:
        given = _credentials(request)
        wanted = dict(zip(self._fields, (self.username, self.password), strict=True))
        with self._lock:
            if any(given.get(name) != value for name, value in wanted.items()):
                self.refused += 1
                return Reply(401, json={"error": "wrong user name or password"})
            self.logins += 1
            session = f"session-{self.logins}"
            self._ends_s[session] = self._clock.now_s() + self._lifetime_s
        body = {"csrf": _csrf(session)} if self._csrf_header else {}
        if self._header is not None:
            return Reply(json={**body, self._token: session})
        value = f"{self._cookie}={session}; Path=/; HttpOnly; SameSite=Lax"
        return Reply(json=body, headers={"Set-Cookie": value})

    def _log_out(self, request: Received) -> Reply:
        if not self.is_signed_in(request):
            return self._refusal
        session = self._session(request)
        with self._lock:
            self._ends_s.pop(session or "", None)
            self.logouts += 1
        if self._header is not None:
            return Reply(204)
        return Reply(204, headers={"Set-Cookie": f"{self._cookie}=; Path=/; Max-Age=0"})

    def _session(self, request: Received) -> str | None:
        if self._header is not None:
            value = request.headers.get(self._header)
            if value is None or self._header.lower() != "authorization":
                return value
            scheme, _, token = value.partition(" ")
            return token if scheme.lower() == "bearer" else None
        try:
            found = SimpleCookie(request.headers.get("Cookie") or "").get(self._cookie)
        except CookieError:
            return None
        return None if found is None else found.value


def _csrf(session: str) -> str:
    return f"csrf-of-{session}"


def _credentials(request: Received) -> dict[str, object]:
    """Return the fields of a log-in, whether it is JSON or a form; empty for neither."""
    media = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    try:
        if media == "application/x-www-form-urlencoded":
            return {name: values[0] for name, values in request.form.items() if len(values) == 1}
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
