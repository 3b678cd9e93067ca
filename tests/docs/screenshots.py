"""Takes the screenshots of docs/web.md anew: ``python -m tests.docs.screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from portcall import Host, Reach, SQLiteStore
from portcall.outbox import Workers
from portcall.testing import Peer, Reply
from portcall_server.process.listening import Listening, open_socket
from portcall_server.web.access import Access
from portcall_server.web.app import web_app
from portcall_server.web.site import Site
from tests.realservers.chromium import Window
from tests.realservers.servers import SERVERS

from .pages import ROOT

DOCS = ROOT / "docs"
PLUGIN = ROOT / "contrib" / "portcall-server" / "tests" / "web" / "acme.py"
ACTION = "connections/shop/actions/open_ticket"
ORDER = {"type": "track", "event": "Order Completed", "userId": "u-7"}


def take() -> None:
    """Write both screenshots."""
    with tempfile.TemporaryDirectory() as name, Peer() as api:
        folder = Path(name)
        options = {"allow_private": ["127.0.0.1"], "store": SQLiteStore(folder / "home")}
        api.route("POST", "/tickets", Reply(201, json={"id": 7}))
        with Host(**options, plugins=[PLUGIN], outbox=folder / "outbox.db") as host:
            settings = {"endpoint": api.url, "api_key": "any"}
            host.connections.create("shop", "acme", settings)
            _deliver(host, api)
            site = Site(
                reach=Reach(allow_private=("127.0.0.1",)),
                plugins=[PLUGIN],
                store=options["store"],
                outbox=host.outbox,
            )
            listener = open_socket("127.0.0.1", 0)
            access = Access.at("127.0.0.1", listener.getsockname()[1])
            with (
                Listening(web_app(site, access), listener, 1) as listening,
                SERVERS["chromium"](folder) as driver,
                Window(driver) as window,
            ):
                window.look(1100, 760)
                window.open(f"{listening.url}/?token={access.token.value}")
                window.open(f"{listening.url}/{ACTION}")
                window.screenshot(DOCS / "web-tester.png")
                window.open(f"{listening.url}/deliveries")
                # Where the file of the outbox was, is of no interest.
                window.do("document.querySelector('h1 + p').textContent = 'outbox.db'")
                window.screenshot(DOCS / "web-deliveries.png")
            site.close()


def _deliver(host: Host, api: Peer) -> None:
    for number in range(120):
        host.outbox.put("shop", "open_ticket", {**ORDER, "properties": {"order_id": f"o-{number}"}})
    Workers(host).drain()
    api.route("POST", "/tickets", Reply(422, json={"error": "no such queue"}))
    for number in range(7):
        host.outbox.put("shop", "open_ticket", {**ORDER, "properties": {"order_id": f"o-{number}"}})
    Workers(host).drain()


if __name__ == "__main__":
    take()
