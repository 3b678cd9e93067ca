"""A project with a source, a receiver that keeps what arrives, and the service between them."""

import json
import time
from contextlib import ExitStack

import attrs
import pytest
import urllib3

from portcall import Project
from portcall.testing import Reply
from portcall_server.process.listening import Listening, open_socket
from portcall_server.service import Service

KEY = "wk-for-tests-1234"
SHOP = """
import attrs
from typing import Any
from portcall import RequestOptions, Secret, action, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key")

@attrs.frozen
class Payload:
    event: dict[str, Any] = field(label="Event", default=path("$"))

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings):
    return RequestOptions(base_url=settings.endpoint, headers={"X-Api-Key": settings.api_key})

@action(title="Take")
def take(client, payload: Payload):
    client.post("/events", json=payload.event)

@hookimpl
def actions(): return [take]
"""
OUTBOX = 'outbox = "outbox.sqlite3"\n'
PROJECT = """
store = "kept"
plugins = ["shop.py"]
[serve]
outbox = "outbox.sqlite3"
[connections.shop]
allow_private = ["127.0.0.1"]
[[pipelines.all.subscriptions]]
action = "take"
[pipelines.all]
connection = "shop"
[[source]]
name = "web"
pipelines = ["all"]
"""


@attrs.define
class Running:
    """A service that is listened on, and what has arrived at its destination."""

    service: Service
    url: str
    events: list
    pool: urllib3.PoolManager = attrs.field(factory=lambda: urllib3.PoolManager(retries=False))

    def call(self, path, body, *, key=KEY, method="POST", **headers):
        """Send one call; a body that is no bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            fields.update(urllib3.make_headers(basic_auth=f"{key}:"))
        return self.pool.request(method, f"{self.url}{path}", body=raw, headers=fields, timeout=20)

    def arrived(self, count):
        """Return what the destination has, once that is so much; in the order of the calls."""
        ends = time.monotonic() + 20
        while len(self.events) < count and time.monotonic() < ends:
            time.sleep(0.005)
        assert len(self.events) == count
        return self.events

    def waiting(self):
        """Return the events of the outbox, the oldest first."""
        return [each.event for each in reversed(self.service.outbox.entries(limit=1000))]


def write_project(folder, patch):
    """Write the project, and let the environment be that of no other."""
    patch.setenv("PORTCALL_SOURCE_WEB_WRITE_KEY", KEY)
    patch.setenv("PORTCALL_HOME", f"{folder / 'home'}")
    for name in ("PORTCALL_OUTBOX", "PORTCALL_STORE", "PORTCALL_METRICS_TOKEN"):
        patch.delenv(name, raising=False)
    (folder / "shop.py").write_text(SHOP)
    file = folder / "portcall.toml"
    file.write_text(PROJECT)
    return file


def connect(file, endpoint):
    """Keep the connection of the project, and return the project."""
    project = Project.read(file)
    with project.hosts() as hosts:
        settings = {"endpoint": endpoint, "api_key": "zq9-secret-zq9"}
        hosts.connections.create("shop", "shop", settings)
    return project


def start(stack, project, events, **options):
    """Start a service that ends with the stack."""
    service = stack.enter_context(Service(project, **options))
    opened = open_socket("127.0.0.1", 0)
    listening = stack.enter_context(Listening(service.app(), opened, 2))
    return Running(service, listening.url, events)


@pytest.fixture
def mounted(tmp_path, monkeypatch, receiver):
    """A project in a folder that is only read, with a folder for all that is written, and a write key."""
    project, state = tmp_path / "etc", tmp_path / "state"
    project.mkdir()
    file = write_project(project, monkeypatch)
    file.write_text(PROJECT.replace('store = "kept"\n', "").replace(OUTBOX, ""))
    state.mkdir(0o700)
    monkeypatch.setenv("PORTCALL_HOME", f"{state}")
    connect(file, receiver.url)
    project.chmod(0o555)
    yield file, state, KEY
    project.chmod(0o755)


@pytest.fixture
def receiver(peer):
    """A peer with the list ``events``."""
    peer.events = []

    def take(request):
        peer.events.append(request.json())
        return Reply(204)

    peer.route("POST", "/events", take)
    return peer


@pytest.fixture
def connected(tmp_path, monkeypatch, receiver):
    """The project, with its connection kept."""
    return connect(write_project(tmp_path, monkeypatch), receiver.url)


@pytest.fixture
def serve(connected, receiver):
    """Run the service: ``serve(workers=0)``."""
    with ExitStack() as stack:
        yield lambda **options: start(
            stack, Project.read(connected.path), receiver.events, **options
        )


@pytest.fixture(scope="module")
def one_service(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        file = write_project(tmp_path_factory.mktemp("idle"), patch)
        yield start(stack, connect(file, "http://127.0.0.1:9"), [], workers=0)


@pytest.fixture
def idle(one_service):
    """A service that delivers nothing, with an empty outbox; the same for all tests of a module."""
    yield one_service
    outbox = one_service.service.outbox
    while entries := outbox.entries(limit=1000):
        outbox.drop([each.id for each in entries])
