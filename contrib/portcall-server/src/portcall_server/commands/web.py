"""``portcall web``: pages to try a destination on, and to see what became of events."""

from __future__ import annotations

import os
import webbrowser
from contextlib import suppress
from typing import Final

import click

from portcall import Reach, Secret
from portcall.cli.authors import Command, State, current_project
from portcall.outbox import Outbox
from portcall_server.commands.access_options import PASSWORD, asked_account, check_url
from portcall_server.process.listening import Listening, open_socket
from portcall_server.process.signals import signals
from portcall_server.web.access import Access
from portcall_server.web.app import web_app
from portcall_server.web.site import Site

HIGHEST_PORT: Final = 65_535
PORT: Final = 8718


@click.command("web", cls=Command)
@click.option(
    "--host",
    "address",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    default=PORT,
    show_default=True,
    help="Listen on this port; 0 for any that is free.",
)
@click.option(
    "--auth",
    metavar="NAME",
    help=f"Ask for this name and a password, from {PASSWORD} or typed here. Other addresses than this "
    "machine's own need it.",
)
@click.option(
    "--url",
    default="",
    help="Address at which browsers reach the pages, if it differs, such as behind a proxy with TLS.",
)
@click.option(
    "--plugin",
    "plugins",
    metavar="PATH",
    multiple=True,
    type=click.Path(exists=True),
    help="A destination that is a file; its pages show the effect of an edit.",
)
@click.option("--open/--no-open", "opens", default=False, help="Open the browser.")
@click.option(
    "--allow-private",
    metavar="HOST",
    multiple=True,
    help="A host or network of your own that portcall may talk to, in plain http too.",
)
@click.option(
    "--allow-http",
    metavar="HOST",
    multiple=True,
    help="A public host that portcall may talk to in plain http.",
)
@click.pass_obj
def command(
    state: State,
    address: str,
    port: int,
    auth: str | None,
    url: str,
    *,
    plugins: tuple[str, ...],
    opens: bool,
    allow_private: tuple[str, ...],
    allow_http: tuple[str, ...],
) -> None:
    """Try destinations in the browser; ends on Ctrl-C.

    The pages are for one browser: the printed link lets it in, once.
    """
    account = asked_account(auth, address, "--auth")
    check_url(url, "--url")
    reach = Reach(allow_private=allow_private or None, allow_http=allow_http or None)
    project = current_project()
    place = os.environ.get("PORTCALL_OUTBOX") or (project.service.outbox if project else None)
    site = Site(
        project,
        reach=reach,
        plugins=plugins or state.plugins,
        public_url=url,
        outbox=Outbox(Secret(place) if place else None),
    )
    listener = open_socket(address, port)
    access = Access.at(address, listener.getsockname()[1], url=url, account=account)
    try:
        with signals() as told, Listening(web_app(site, access), listener, grace_s=2) as listening:
            link = f"{url.rstrip('/') or listening.url}/"
            if access.token is not None:
                link += f"?token={access.token.value}"
            click.echo(f"Open this link in your browser:\n\n  {link}\n\nCtrl-C ends it.", err=True)
            if opens:
                with suppress(Exception):  # the link is on the screen, too
                    webbrowser.open(link)
            while told.wait() != "end":
                site.read_again()
    finally:
        site.close()
