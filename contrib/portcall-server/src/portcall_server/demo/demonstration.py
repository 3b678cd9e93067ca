"""The demonstration: a project in a folder that goes away, connected to two receivers on loopback."""

from __future__ import annotations

import secrets
import tempfile
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import click
from starlette.routing import BaseRoute

from portcall import Auth, Project
from portcall.cli.authors import State
from portcall.cli.demo import crm, webhook
from portcall.cli.demo.peers import CrmReceiver, WebhookReceiver
from portcall_server.demo.page import page_routes

VARIABLE: Final = "PORTCALL_SOURCE_DEMO_WRITE_KEY"
_LOOPBACK: Final = "127.0.0.1"
_CLIENT: Final = "portcall-demo"
_PROJECT: Final = """\
store = "kept"

[serve]
outbox = "outbox.sqlite3"

[connections]
webhook.allow_private = ["127.0.0.1"]
crm.allow_private = ["127.0.0.1"]

[[pipelines.webhook.subscriptions]]
action = "send"
[pipelines.webhook]
connection = "webhook"

[[pipelines.crm.subscriptions]]
action = "record"
subscribe = 'type != "page"'
[pipelines.crm]
connection = "crm"

[[source]]
name = "demo"
pipelines = ["webhook", "crm"]
"""


class Demonstration:
    """Two receivers, and a project that delivers to them; a context manager.

    Args:
        state: For redaction, and for the variable that holds the write key.

    Attributes:
        project: What the service goes by.
        options: What its hosts need besides.
    """

    def __init__(self, state: State) -> None:
        self._state: Final = state
        self._stack: Final = ExitStack()
        self._shown: tuple[int, ...] = ()
        self.write_key: Final = f"demo-{secrets.token_hex(4)}"
        self.project: Project
        self.options: dict[str, Any]

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="portcall-demo-")))
        key, client_secret = secrets.token_bytes(32), secrets.token_urlsafe(24)
        self._webhook = enter(WebhookReceiver(key, "portcall serve --demo"))
        self._crm = enter(CrmReceiver(_CLIENT, client_secret))
        access, refresh = self._crm.issue()
        auth = Auth(access_token=access, refresh_token=refresh)
        own = Auth(client_id=_CLIENT, client_secret=client_secret)
        self._state.remember(auth, own)
        self.options = {"plugins": {"webhook": webhook, "crm": crm}, "clients": {"crm": own}}
        # A variable, so that the demonstration reads its write key as every other project does.
        self._state.set_variable(VARIABLE, self.write_key)
        file = folder / "portcall.toml"
        file.write_text(_PROJECT, encoding="utf-8")
        self.project = Project.read(file)
        with self.project.hosts(**self.options) as hosts:
            connections = hosts.connections
            signing_secret = f"whsec_{b64encode(key).decode()}"
            settings = {"url": f"{self._webhook.url}/events", "signing_secret": signing_secret}
            connections.create("webhook", "webhook", settings)
            connections.create("crm", "crm", {"endpoint": self._crm.url}, auth)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def plugins(self) -> tuple[Path, ...]:
        """The files of both destinations, for the pages."""
        return tuple(Path(f"{each.__file__}") for each in (crm, webhook))

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the page that sends."""
        return page_routes(self.write_key)

    def explain(self, url: str) -> None:
        """Print how to send an event.

        Args:
            url: Of the service.
        """
        event = '{"userId": "ada", "event": "Coffee Ordered", "properties": {"total": 4.5}}'
        click.echo(f"Open {url}/demo in a browser, or send an event:")
        click.echo(f"  curl -u {self.write_key}: {url}/v1/track -d '{event}'")

    def show_progress(self) -> None:
        """Print what the receivers have counted, if that has changed."""
        now = tuple(
            count for each in (self._webhook, self._crm) for count in (each.accepted, each.refused)
        )
        if now != self._shown and any(now):
            self._shown = now
            webhook_taken, webhook_refused, crm_taken, crm_refused = now
            click.echo(
                f"webhook: {webhook_taken} taken, {webhook_refused} refused; "
                f"crm: {crm_taken} taken, {crm_refused} refused"
            )
