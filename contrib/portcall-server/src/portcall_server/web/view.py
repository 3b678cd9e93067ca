"""One request, as a page answers it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from hmac import compare_digest
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portcall import PortcallError
from portcall.previews.authors import KnownSecrets, text_of
from portcall_server.web.forms import Form, read_form
from portcall_server.web.gate import session_of
from portcall_server.web.rendering import render
from portcall_server.web.sessions import Session
from portcall_server.web.site import Site

_logger: Final = logging.getLogger("portcall.web")

Page: TypeAlias = "Callable[..., Response]"


@attrs.define(eq=False)
class View:
    """One request, as a page answers it.

    Args:
        site: What all pages share.
        session: Of the browser.
        form: What was sent: the form of a POST, else the query.
        root: The path that the pages are mounted at; empty for none.
        origin: Scheme, host and port that the browser asked.
        url_path: The path that was asked for.
        query: What stands behind the question mark.
        is_post: A form was sent.
        fragment: The script of the page asks for a part of it.
        known: What no page shows.
    """

    site: Site
    session: Session
    form: Form
    root: str
    origin: str
    url_path: str
    query: str = ""
    is_post: bool = False
    fragment: bool = False
    known: KnownSecrets = attrs.field(factory=KnownSecrets)

    def url(self, *segments: str, **query: str) -> str:
        """Return the path of a page."""
        path = "/".join(quote(each, safe="") for each in segments)
        return f"{self.root}/{path}{'?' if query else ''}{urlencode(query)}"

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page."""
        notice, self.session.notice = self.session.notice, ""
        self.known.remember(*self.session.secrets())
        page = render(
            template,
            {
                "view": self,
                "url": self.url,
                "csrf": self.session.csrf,
                "notice": notice,
                "known": self.known,
                "site": self.site,
                **context,
            },
        )
        return HTMLResponse(page, status)

    def redirect(self, *segments: str, notice: str = "") -> Response:
        """Lead to another page, which begins with a notice."""
        self.session.notice = self.known.line(notice)
        return RedirectResponse(self.url(*segments), 303)

    def message(self, exc: BaseException) -> str:
        """Return what went wrong and what to do, without secrets."""
        self.known.remember(*self.session.secrets())
        text = text_of(exc)
        return self.known.clean(
            text if isinstance(exc, PortcallError) else f"{type(exc).__name__}: {text}"
        )


def page(site: Site, function: Page) -> Callable[[Request], Any]:
    """Return an endpoint for a function of a `View` and the parts of the path.

    A form without the token of its session is refused. The function runs in a thread; errors of portcall
    become a page that says what to do.
    """

    async def endpoint(request: Request) -> Response:
        view = View(
            site,
            session_of(request.scope),
            Form(),
            request.scope.get("root_path", ""),
            f"{request.url.scheme}://{request.headers['host']}",
            request.scope["path"],
            request.url.query,
            is_post=request.method == "POST",
            fragment=request.headers.get("x-portcall-part") == "preview",
        )
        try:
            view.form = await read_form(request) if view.is_post else Form.parse(request.url.query)
        except PortcallError as exc:
            return view.render("error.html", 413, title="Too large", text=view.message(exc))
        return await run_in_threadpool(_answer, view, function, dict(request.path_params))

    return endpoint


def _answer(view: View, function: Page, parts: dict[str, str]) -> Response:
    token = view.form.text("csrf").encode()
    if view.is_post and not compare_digest(token, view.session.csrf.encode()):
        text = "The form is from an earlier session, or not from this server: go back, reload, try again."
        return view.render("error.html", 403, title="Refused", text=text)
    try:
        return function(view, **parts)
    except PortcallError as exc:
        return view.render("error.html", 400, title="That did not work", text=view.message(exc))
    except Exception as exc:  # noqa: BLE001  # a plugin may raise anything
        text = view.message(exc)
        _logger.error("%s: %s", view.url_path, text)  # noqa: TRY400  # a traceback may hold a secret
        return view.render("error.html", 500, title="That did not work", text=text)
