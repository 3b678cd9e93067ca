"""What every request has to pass before a page answers it, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portcall_server.web.access import Access
from portcall_server.web.sessions import Session, Sessions

SESSION: Final = "portcall.session"
BACK: Final = "/authorized"
AGAIN: Final = "portcall-again=1"
STATIC: Final = "/static/"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer, a browser sends Origin: null along with forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
USED: Final = (
    "This page needs the link that the server printed. The link lets one browser in, once: if it was "
    "used already, start the server again for a new one."
)


class Gate:
    """Lets requests of one person's own pages through to an application, and no others.

    It refuses another ``Host`` (DNS rebinding) and forms of another origin, and takes the token of the
    link, once, in return for a cookie.

    Args:
        app: The pages.
        access: Who may see them.
        refusal: Makes the page of a refusal, of a title and a sentence.
    """

    def __init__(self, app: ASGIApp, access: Access, refusal: Callable[[str, str], str]) -> None:
        self._app: Final = app
        self._access: Final = access
        self._refusal: Final = refusal
        self._sessions: Final = Sessions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let the pages answer it."""
        if scope["type"] != "http":
            return
        answer = self._answer(scope)
        await (answer or self._app)(scope, receive, _with_headers(send, _path(scope)))

    def _answer(self, scope: Scope) -> Response | None:
        """Return what is answered in place of the page; None to let the request through."""
        headers, path = Headers(scope=scope), _path(scope)
        if headers.get("host", "").lower() not in self._access.hosts:
            return PlainTextResponse("These pages are not served under this name.\n", 421)
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse("Method not allowed.\n", 405, {"allow": "GET, HEAD, POST"})
        if scope["method"] == "POST" and not self._is_own(headers):
            return self._refused("Refused", "This form was not sent by a page of this server.")
        account = self._access.account
        if account is not None and not account.admits(headers.get("authorization", "")):
            challenge = {"www-authenticate": 'Basic realm="portcall", charset="UTF-8"'}
            return PlainTextResponse("Sign in.\n", 401, challenge)
        if path.startswith(STATIC):
            return None
        return self._enter(scope, headers, path)

    def _is_own(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site", "same-origin")
        origin = headers.get("origin")
        return site == "same-origin" and (origin is None or origin.lower() in self._access.origins)

    def _enter(self, scope: Scope, headers: Headers, path: str) -> Response | None:
        name = _cookie_name(scope)
        session = self._sessions.get(_cookie(headers.getlist("cookie"), name))
        if session is not None:
            scope[SESSION] = session
            return _without_token(scope) if _token(scope) else None
        if self._access.account is not None:
            key, scope[SESSION] = self._sessions.begin()
            return _signed_in(scope, name, key, _here(scope))
        token = self._access.token
        if token is not None and _token(scope) and token.redeem(_token(scope)):
            key, _ = self._sessions.begin()
            return _signed_in(scope, name, key, _one_slash(scope["path"]))
        if path == BACK and not _here(scope).endswith(AGAIN):
            return _once_more(_here(scope))
        return self._refused("This page is not open to this browser", USED)

    def _refused(self, title: str, text: str) -> Response:
        return HTMLResponse(self._refusal(title, text), 403)


def _once_more(here: str) -> Response:
    """Let the browser ask again by itself.

    A cookie that is ``SameSite=Strict`` does not come along with a redirect from another site; it does with
    a request of this page.
    """
    target = escape(f"{here}{'&' if '?' in here else '?'}{AGAIN}")
    return HTMLResponse(
        f'<!doctype html><title>One moment</title><meta http-equiv="refresh" content="0;url={target}">'
    )


def session_of(scope: Scope) -> Session:
    """Return the session of a request that was let through."""
    session: Session = scope[SESSION]
    return session


def _path(scope: Scope) -> str:
    """Return the path below the place that the pages are mounted at."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _here(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    path = _one_slash(quote(scope["path"]))
    return f"{path}?{query}" if query else path


def _token(scope: Scope) -> str:
    values = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
    return values[0] if scope["method"] == "GET" else ""


def _cookie_name(scope: Scope) -> str:
    """Name the cookie: other servers of this machine get it, too, whatever their port."""
    host = Headers(scope=scope).get("host", "")
    return f"portcall-{host.rpartition(':')[2] if host[-1:] != ']' else 80}"


def _cookie(fields: Iterable[str], name: str) -> str:
    for field in fields:
        try:
            found = SimpleCookie(field).get(name)
        except CookieError:
            continue
        if found is not None:
            return found.value
    return ""


def _signed_in(scope: Scope, name: str, key: str, path: str) -> Response:
    answer = RedirectResponse(path, 303)
    answer.set_cookie(
        name,
        key,
        path=scope.get("root_path") or "/",
        secure=scope.get("scheme") == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def _without_token(scope: Scope) -> Response:
    return RedirectResponse(_one_slash(scope["path"]), 303)


def _one_slash(path: str) -> str:
    """Return a path that no browser takes for the name of another server."""
    return f"/{path.lstrip('/')}"


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if not path.startswith(STATIC):
                headers["cache-control"] = "no-store"
        await send(message)

    return sending
