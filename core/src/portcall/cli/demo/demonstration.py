"""The demo itself: test the connections, deliver the events, compare with what the receivers saw."""

from __future__ import annotations

import gzip
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from importlib.resources import files
from time import perf_counter
from typing import Any, Final, Self

import attrs

from portcall.cli.demo import crm, webhook
from portcall.cli.demo.peers import CrmReceiver, WebhookReceiver
from portcall.cli.demo.server import LOOPBACK, Receiver
from portcall.cli.state import State
from portcall.cli.terminal.progress_bar import progress_bar
from portcall.connection import Connection
from portcall.errors import AuthenticationError, PortcallError
from portcall.host import Host
from portcall.model.auth import Auth
from portcall.runs.counts import Counts, shortened
from portcall.runs.progress import Extent, Progress

EVENTS: Final = 1000
SHOP: Final = "Harbour Coffee (demo shop)"
CLIENT: Final = "portcall-demo"
WORKERS: Final = {"webhook": 1, "crm": 4}
ACTIONS: Final = {"webhook": "send", "crm": "record"}


@attrs.define
class Part:
    """One destination of the demo, and what became of its events.

    Args:
        slug: Its name.
        connection: Ready to send.
        receiver: Its other end.
        refreshed: How often its tokens were replaced, as this end counts.
        counts: What became of its events.
    """

    slug: str
    connection: Connection
    receiver: Receiver
    refreshed: list[Auth] = attrs.field(factory=list, repr=False)
    counts: Counts | None = None

    @property
    def grants(self) -> int:
        """How often the receiver issued new tokens."""
        return getattr(self.receiver, "grants", 0)

    def is_honest(self) -> bool:
        """Return whether both ends counted the same, and no request had wrong credentials."""
        counts = self.counts
        counted = counts is not None and counts.delivered == self.receiver.accepted
        return counted and len(self.refreshed) == self.grants

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        counts = self.counts.to_json() if self.counts else {}
        return {
            "destination": self.slug,
            "delivered": counts.get("delivered"),
            "rejected": counts.get("rejected"),
            "refreshed": len(self.refreshed),
            "took_s": counts.get("took_s"),
            "reasons": counts.get("reasons"),
            "receiver": {
                "accepted": self.receiver.accepted,
                "refused": self.receiver.refused,
                "unauthorized": self.receiver.unauthorized,
                "grants": self.grants,
            },
        }


class Demo:
    """Two receivers, and a connection to each; a context manager.

    Args:
        state: For redaction.
        note: Called with what was done, in a word and a sentence.
    """

    def __init__(self, state: State, note: Callable[[str, str], None]) -> None:
        self._state: Final = state
        self._note: Final = note
        self._stack: Final = ExitStack()

    def __enter__(self) -> Self:
        plugins = {"webhook": webhook, "crm": crm}
        self._host = self._stack.enter_context(Host(plugins=plugins, allow_private=[LOOPBACK]))
        self.parts = (self._webhook(), self._crm())
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def test(self) -> None:
        """Ask both receivers who we are, and see that a wrong key gets nowhere.

        Raises:
            PortcallError: A receiver did not answer as it should.
        """
        for part in self.parts:
            start = perf_counter()
            identity = part.connection.test()
            took_ms = (perf_counter() - start) * 1000
            self._note("ok", f"{part.slug}: {identity} at {part.receiver.url} ({took_ms:.0f} ms)")
        url = f"{self.parts[0].receiver.url}/events"
        forged = self._host.destination("webhook").connect(
            {"url": url, "signing_secret": _signing_secret(secrets.token_bytes(32))}
        )
        try:
            forged.test()
        except AuthenticationError:
            self._note("ok", "webhook: a signature with another key is refused")
            return
        raise PortcallError("the receiver of the webhook took a signature with another key")

    def deliver(self) -> None:
        """Send every event to both, one destination after the other."""
        for part in self.parts:
            counts = part.counts = Counts()
            with progress_bar(part.slug, partial(_progress, counts)):
                self._deliver(part, counts)

    def _deliver(self, part: Part, counts: Counts) -> None:
        action = part.connection.destination.actions[ACTIONS[part.slug]]
        workers = WORKERS[part.slug]
        for outcome in part.connection.deliver(action, events(), workers=workers):
            if outcome.kind == "delivered":
                counts.outcomes["delivered"] += 1
            else:
                reason, short = shortened(self._state.line(outcome.reason))
                counts.fail(outcome.kind, outcome.index + 1, reason, short)
        counts.finish()

    def _webhook(self) -> Part:
        key = secrets.token_bytes(32)
        receiver = self._stack.enter_context(WebhookReceiver(key, SHOP))
        settings = {"url": f"{receiver.url}/events", "signing_secret": _signing_secret(key)}
        connection = self._host.destination("webhook").connect(settings)
        return Part("webhook", connection, receiver)

    def _crm(self) -> Part:
        client_secret = secrets.token_urlsafe(24)
        receiver = self._stack.enter_context(CrmReceiver(CLIENT, client_secret))
        access, refresh = receiver.issue()
        auth = Auth(
            access_token=access,
            refresh_token=refresh,
            client_id=CLIENT,
            client_secret=client_secret,
        )
        kept: list[Auth] = []
        connection = self._host.destination("crm").connect(
            {"endpoint": receiver.url}, auth, save=kept.append
        )
        self._state.remember(auth)
        return Part("crm", connection, receiver, kept)


def events() -> Iterator[dict[str, Any]]:
    """Read the shipped events: three days of a shop that sells coffee."""
    place = files("portcall.cli.demo") / "events.ndjson.gz"
    with place.open("rb") as packed, gzip.open(packed) as file:
        yield from map(json.loads, file)


def _progress(counts: Counts) -> Progress:
    """Return how far one destination is, by events: all are of one size."""
    return Progress.of(counts, extent=Extent(0, counts.total, EVENTS))


def _signing_secret(key: bytes) -> str:
    return f"whsec_{b64encode(key).decode()}"
