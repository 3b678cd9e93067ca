"""A server that counts what arrives, a stored connection that leads there, and an outbox in a file."""

import runpy
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from portcall import Host, Retry
from portcall.outbox import Bounds, Clock, Outbox, SQLiteOutbox, Workers
from portcall.testing import Reply

BOOKSHOP = runpy.run_path(str(Path(__file__).parent / "bookshop.py"))


class MovedClock:
    """The machine's clock, as a test sets it, and one that nothing sets."""

    def __init__(self):
        self.ahead_s = self.passed_s = 0.0

    def wall(self):
        return time.time() + self.ahead_s + self.passed_s

    def monotonic(self):
        return time.monotonic() + self.passed_s


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PORTCALL_OUTBOX", raising=False)


@pytest.fixture
def sent(peer):
    """The names that arrived, in order; ``sent.answer`` says what is answered to the first of a request."""

    class Sent(list):
        @property
        def counts(self):
            return Counter(self)

        @staticmethod
        def answer(_):
            return Reply(204)

    names = Sent()

    def track(request):
        held = request.json()
        names.extend(held)
        return names.answer(held[0])

    peer.route("POST", "/track", track)
    return names


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def storage(tmp_path, clock):
    with_clock = Clock(clock.wall, clock.monotonic)
    opened = SQLiteOutbox(tmp_path / "outbox.sqlite3", bounds=Bounds(), clock=with_clock)
    yield opened
    opened.close()


@pytest.fixture
def plugins():
    return {"shop": SimpleNamespace(**BOOKSHOP)}


@pytest.fixture
def host(storage, plugins):
    with Host(plugins=plugins, allow_private=["127.0.0.1"], outbox=storage) as opened:
        yield opened


@pytest.fixture
def shop(host, peer, sent):
    """The stored connection; gives its name."""
    host.connections.create("shop", "shop", {"endpoint": peer.url})
    return "shop"


@pytest.fixture
def outbox(host, shop) -> Outbox:
    return host.outbox


@pytest.fixture
def workers(host):
    """Make workers; each event is tried again after a second, as often as the test says."""

    def make(attempts=100, **more):
        retry = Retry(
            timeout_s=3600.0, attempts=attempts, base_s=1.0, longest_s=1.0, random=lambda: 1.0
        )
        return Workers(host, retry=retry, **more)

    return make
