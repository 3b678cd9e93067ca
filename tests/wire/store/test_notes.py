"""An answer that came is the result, whatever becomes of the notes on the credentials it came with."""

import logging
import resource
import sqlite3
from contextlib import closing
from time import monotonic
from types import SimpleNamespace

import attrs
import pytest

from portcall import Auth, Host, RequestOptions, action, field, hookimpl, token_response
from portcall.store import SQLiteStore
from portcall.testing import Reply


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Named:
    name: str = field(label="Name", default="x")


@action(title="Record")
def record(client, payload: Named):
    client.post("/api", json={})


def refresh_access_token(client, auth):
    form = {"refresh_token": auth.refresh_token}
    return token_response(client.post("/token", form=form, raise_for_status=False), auth)


ACME = SimpleNamespace(
    auth_scheme=hookimpl(lambda: "oauth2"),
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    actions=hookimpl(lambda: [record]),
)
vars(ACME)["refresh_access_token"] = hookimpl(refresh_access_token)


class Server:
    """Takes the token of the last refresh; does *before_answer* once a request is accepted."""

    def __init__(self, peer):
        self.refreshes = self.accepted = 0
        self.before_answer = lambda: None
        self.before_token = lambda: None
        peer.route("POST", "/token", self.token)
        peer.route("POST", "/api", self.api)

    def token(self, request):
        assert request.form["refresh_token"] == [f"r{self.refreshes}"]
        self.before_token()
        self.refreshes += 1
        answer = {"access_token": f"a{self.refreshes}", "refresh_token": f"r{self.refreshes}"}
        return Reply(json={**answer, "expires_in": 3600})

    def api(self, request):
        if request.headers.get("authorization") != f"Bearer a{self.refreshes}":
            return Reply(401)
        self.accepted += 1
        self.before_answer()
        return Reply(json={})


@pytest.fixture
def server(peer):
    return Server(peer)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def connection(server, peer, folder):
    """A stored connection whose first token is refused, so that the first request refreshes it."""
    store = SQLiteStore(folder, busy_timeout_s=1.0)
    with Host(allow_private=["127.0.0.1"], plugins={"acme": ACME}, store=store) as host:
        auth = Auth(access_token="stale", refresh_token="r0")
        yield host.connections.create("acme", "acme", {"endpoint": peer.url}, auth)


class Faults:
    """What can happen to a store; the test undoes it before pytest writes anything."""

    def __init__(self, folder):
        self.folder, self.undo = folder, []

    def mend(self):
        while self.undo:
            self.undo.pop()()

    def deleted(self):
        SQLiteStore(self.folder).delete("acme")

    def gone(self):
        self.folder.rename(self.folder.with_name("moved"))
        self.folder.write_text("no folder any more")

    def full(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
        self.undo.append(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))

    def busy(self):
        file = self.folder / "connections.sqlite3"
        other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        self.undo.append(other.close)

    def damaged(self):
        file = self.folder / "connections.sqlite3"
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute("DROP TABLE portcall_connections")


@pytest.fixture
def faults(folder):
    faults = Faults(folder)
    yield faults
    faults.mend()


FAULTS = ["deleted", "gone", "full", "busy", "damaged"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_accepted_event_is_delivered_once_whatever_happens_to_the_store(
    connection, server, faults, caplog, fault
):
    server.before_answer = getattr(faults, fault)
    started = monotonic()
    try:
        outcomes = list(connection.deliver(record, [{"n": 1}]))
        took_s = monotonic() - started
        server.before_answer = lambda: None
        later = list(connection.deliver(record, [{"n": 2}, {"n": 3}]))
    finally:
        faults.mend()  # the limit of "full" also holds for a file that pytest reports to
    assert [outcome.kind for outcome in [*outcomes, *later]] == ["delivered"] * 3
    assert took_s < 5
    assert (server.accepted, server.refreshes) == (3, 1)
    said = [r.levelno for r in caplog.records if r.name == "portcall"]
    assert said.count(logging.WARNING) <= 1


@pytest.mark.parametrize("fault", FAULTS)
def test_fresh_tokens_that_cannot_be_stored_serve_the_request_that_waits(
    connection, server, faults, caplog, fault
):
    server.before_token = getattr(faults, fault)
    try:
        outcomes = list(connection.deliver(record, [{"n": 1}, {"n": 2}]))
    finally:
        faults.mend()
    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 2
    assert (server.accepted, server.refreshes) == (2, 1)
    said = [r for r in caplog.records if (r.name, r.levelno) == ("portcall", logging.WARNING)]
    assert [r.getMessage().partition(" (")[0] for r in said] == [
        "fresh credentials are used, and could not be stored"
    ]
    assert "a1" not in caplog.text


def test_what_could_not_be_stored_is_stored_once_that_is_possible(
    connection, server, faults, folder, caplog
):
    server.before_token = faults.busy
    connection.client.post("/api", json={})
    assert SQLiteStore(folder).get("acme").auth.refresh_token == "r0"
    faults.mend()
    server.before_token = lambda: None
    # On a busy machine the first note fails, too; the next one follows after a second.
    ends_at = monotonic() + 10
    while monotonic() < ends_at:
        connection.client.post("/api", json={})
        kept = SQLiteStore(folder).get("acme")
        if kept.auth.refresh_token == "r1" and "unproven" not in kept.state:
            break
    assert kept.auth.refresh_token == "r1"
    assert "unproven" not in kept.state
