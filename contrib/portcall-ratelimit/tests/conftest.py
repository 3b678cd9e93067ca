"""A destination on loopback and a clock that only moves during a sleep."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from portcall import Host, RequestOptions, Secret, field, hookimpl
from portcall.testing import Peer


class FakeTime:
    """Both clocks and the sleep of a test; ``slept`` is what was waited, in order."""

    def __init__(self):
        self.seconds = 1000.0
        self.slept = []

    def clock(self):
        return self.seconds

    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000)

    def sleep(self, seconds):
        assert seconds > 0
        self.slept.append(round(seconds, 6))
        self.seconds += seconds

    @property
    def options(self):
        return {"clock": self.clock, "now": self.now, "sleep": self.sleep}


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


class Acme:
    def __init__(self, peer):
        self.peer = peer

    @hookimpl
    def auth_fields(self):
        return Settings

    @hookimpl
    def allowed_hosts(self):
        return [f"127.0.0.1:{self.peer.port}"]

    @hookimpl
    def extend_request(self, settings):
        return RequestOptions(base_url=self.peer.url, headers={"X-Api-Key": settings.api_key})


@pytest.fixture
def fake():
    return FakeTime()


@pytest.fixture
def peer():
    with Peer() as running:
        running.route("GET", "/")
        yield running


@pytest.fixture
def connect(peer):
    """Open a connection to the peer through a host with the given extras."""
    hosts = []

    def connect(*extras):
        host = Host(extras, allow_private=["127.0.0.1"], plugins={"acme": Acme(peer)})
        hosts.append(host)
        return host.destination("acme").connect({"api_key": "canary-1f9c"})

    yield connect
    for host in hosts:
        host.close()
