"""The pages as one application."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from portcall.previews.authors import KnownSecrets
from portcall_server.web.access import Access
from portcall_server.web.accounts import KEPT, TRIED
from portcall_server.web.gate import BACK, Gate
from portcall_server.web.pages import (
    account_page,
    choices_page,
    deliveries_page,
    device_page,
    event_page,
    home_page,
    trial_page,
)
from portcall_server.web.rendering import asset, render
from portcall_server.web.site import Site
from portcall_server.web.view import Page, View, page


def web_app(site: Site, access: Access) -> ASGIApp:
    """Return the pages as an application; `Site.close` ends what they keep open.

    Args:
        site: What they are about.
        access: Who may see them.
    """
    routes = [
        Route("/", page(site, home_page.home), methods=["GET"]),
        Route(BACK, page(site, account_page.finish), methods=["GET"]),
        Route("/stamp", page(site, _stamp), methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"]),
    ]
    for kind in (TRIED, KEPT):
        account = f"/{kind}/{{name}}"
        action = f"{account}/actions/{{action}}"
        choices = f"{action}/choices/{{field}}"
        for path, shows, takes in (
            (account, account_page.show, account_page.fill_in),
            (action, trial_page.show, trial_page.try_it),
            (choices, choices_page.show, choices_page.choose),
            (f"{account}/device", device_page.show, device_page.decide),
        ):
            routes.append(Route(path, page(site, partial(shows, kind=kind)), methods=["GET"]))
            routes.append(Route(path, page(site, partial(takes, kind=kind)), methods=["POST"]))
    for path, function, method in (
        ("/deliveries", deliveries_page.overview, "GET"),
        ("/deliveries/dead", deliveries_page.dead_letters, "GET"),
        ("/deliveries/dead", deliveries_page.decide, "POST"),
        ("/deliveries/connections/{name}", deliveries_page.hold, "POST"),
        ("/deliveries/events/{number}", event_page.show, "GET"),
        ("/deliveries/events/{number}", event_page.decide, "POST"),
    ):
        answer: Page = function
        routes.append(Route(path, page(site, answer), methods=[method]))
    app = Starlette(routes=routes, exception_handlers={404: _missing})
    return Gate(app, access, _refusal)


def _stamp(view: View) -> Response:
    """Return what changes when a plugin's file does; the script of a page asks for it."""
    return JSONResponse({"stamp": f"{hash(view.site.stamp()):x}"})


async def _static(request: Request) -> Response:
    try:
        content, kind, _ = asset(request.path_params["name"])
    except FileNotFoundError:
        return PlainTextResponse("Not found.\n", 404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content, media_type=kind, headers=headers)


async def _missing(request: Request, _: Exception) -> Response:
    root = request.scope.get("root_path", "")
    return HTMLResponse(_refusal("Not found", "There is no such page.", root), 404)


def _refusal(title: str, text: str, root: str = "") -> str:
    context = {"title": title, "text": text, "root": root, "known": KnownSecrets()}
    return render("refused.html", context)
