"""Every claim as a homeserver sees it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest

from portcall import (
    Auth,
    PolicyError,
    ReauthorizationError,
    ResponseError,
    SettingsError,
    ThrottledError,
)
from portcall.testing import Reply, conformance
from portcall_session import log_out

ROOM = "!abcdefg:example.org"
PASSWORD = "correct horse battery staple"
EVENT = {"type": "track", "event": "Order Completed", "messageId": "m-1"}
API = "/_matrix/client/v3"
SEND = f"{API}/rooms/%21abcdefg%3Aexample.org/send/m.room.message"


class Homeserver:
    """One account; refresh tokens rotate; transaction ids are a device's own."""

    def __init__(self, peer, lasts_ms=300_000):
        self.lock = Lock()
        self.lasts_ms = lasts_ms
        self.logins, self.refreshes, self.devices = [], 0, 0
        self.access = self.refresh = self.device = None
        self.soft_logout = True
        self.messages = {}
        peer.route("POST", f"{API}/login", self.login)
        peer.route("POST", f"{API}/refresh", self.prolong)
        peer.route("POST", f"{API}/logout", self.logout)
        peer.route("GET", f"{API}/account/whoami", self.whoami)
        for transaction in ("m-1", "m-2"):
            peer.route("PUT", f"{SEND}/{transaction}", self.send)

    def login(self, request):
        with self.lock:
            given = request.json()
            self.logins.append(given)
            if given["password"] != PASSWORD:
                return Reply(403, json={"errcode": "M_FORBIDDEN", "error": "Invalid password"})
            if given.get("device_id") is None:
                self.devices += 1
            self.device = given.get("device_id") or f"DEVICE{self.devices}"
            return Reply(json={**self.tokens(), "device_id": self.device, "user_id": "@r:e.org"})

    def tokens(self):
        number = len(self.logins) + self.refreshes
        self.access, self.refresh = f"a{number}", f"r{number}"
        tokens = {"access_token": self.access, "refresh_token": self.refresh}
        return {**tokens, "expires_in_ms": self.lasts_ms}

    def prolong(self, request):
        with self.lock:
            self.refreshes += 1
            if request.json()["refresh_token"] != self.refresh:
                return self.unknown()
            return Reply(json=self.tokens())

    def unknown(self):
        said = {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": self.soft_logout}
        return Reply(401, json=said)

    def signed_in(self, request):
        return request.headers.get("authorization") == f"Bearer {self.access}"

    def whoami(self, request):
        return Reply(json={"user_id": "@r:e.org"}) if self.signed_in(request) else self.unknown()

    def logout(self, request):
        assert self.signed_in(request)
        self.access = self.refresh = None
        return Reply(json={})

    def send(self, request):
        with self.lock:
            if not self.signed_in(request):
                return self.unknown()
            key = (self.device, request.path)
            self.messages.setdefault(key, request.json())
            return Reply(json={"event_id": f"${len(self.messages)}"})


@pytest.fixture
def server(peer):
    return Homeserver(peer)


@pytest.fixture
def connect(peer, host):
    def connect(auth=None, **settings):
        given = {
            "homeserver": peer.url,
            "username": "robot",
            "password": PASSWORD,
            "room_id": ROOM,
        }
        return host.destination("matrix").connect({**given, **settings}, auth)

    return connect


def post(connection, event=EVENT):
    return connection.perform(connection.destination.actions["post_message"], event)


test_conformance = conformance("matrix")


def test_message_arrives_after_one_login(server, connect, peer):
    connection = connect()
    post(connection)
    assert [r.path for r in peer.requests] == [f"{API}/login", f"{SEND}/m-1"]
    assert server.logins == [
        {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "robot"},
            "password": PASSWORD,
            "initial_device_display_name": "portcall",
            "refresh_token": True,
        }
    ]
    assert list(server.messages.values()) == [{"msgtype": "m.notice", "body": "Order Completed"}]


def test_identity_is_the_user_id(server, connect):
    assert connect().test() == "@r:e.org"


def test_event_that_is_sent_again_makes_no_second_message(server, connect):
    connection = connect()
    for _ in range(3):
        post(connection)
    post(connection, {**EVENT, "messageId": "m-2"})
    assert len(server.messages) == 2


def test_repeats_are_dropped_after_another_login_too(server, connect):
    connection = connect()
    post(connection)
    server.access = server.refresh = "gone"
    post(connection)
    assert [login.get("device_id") for login in server.logins] == [None, "DEVICE1"]
    assert len(server.messages) == 1


def test_access_token_that_ends_is_prolonged_without_a_login(server, connect):
    connection = connect()
    post(connection)
    server.access = "ended"
    post(connection)
    assert (len(server.logins), server.refreshes) == (1, 1)


def test_access_token_is_prolonged_ahead_of_its_end(server, connect):
    server.refresh = "r0"
    end = datetime.now(UTC) + timedelta(seconds=20)
    auth = Auth(
        access_token="a0",
        refresh_token="r0",
        issued_at=end - timedelta(seconds=300),
        expires_at=end,
    )
    connection = connect(auth)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: connection.test(), range(16)))
    assert (server.logins, server.refreshes) == ([], 1)


def test_after_a_logout_the_device_is_a_new_one(server, connect):
    connection = connect()
    post(connection)
    server.access = server.refresh = "gone"
    server.soft_logout = False
    post(connection)
    assert [login.get("device_id") for login in server.logins] == [None, None]
    assert server.devices == 2


def test_homeserver_without_refresh_tokens_is_logged_in_to_again(server, connect, peer):
    connection = connect()
    peer.route("POST", f"{API}/refresh", Reply(404, json={"errcode": "M_UNRECOGNIZED"}))
    post(connection)
    server.access = "ended"
    post(connection)
    assert len(server.logins) == 2


def test_wrong_password_is_final(server, connect):
    connection = connect(password="wrong")
    for _ in range(5):
        with pytest.raises(ReauthorizationError):
            post(connection)
    assert len(server.logins) == 1


def test_session_is_ended_on_demand(server, connect):
    connection = connect()
    post(connection)
    assert log_out(connection) is True
    assert server.access is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [({"retry_after_ms": 2500}, 2.5), ({"retry_after_ms": True}, None), ({}, None), ([], None)],
)
def test_limit_says_when_to_come_back(server, connect, peer, said, seconds):
    peer.route("PUT", f"{SEND}/m-1", Reply(429, json=said))
    with pytest.raises(ThrottledError) as caught:
        post(connect())
    at = caught.value.retry_at
    assert (at is None) is (seconds is None)
    assert at is None or abs((at - datetime.now(UTC)).total_seconds() - seconds) < 1


def test_limit_in_the_header_counts(server, connect, peer):
    limited = Reply(429, headers={"Retry-After": "60"}, json={"retry_after_ms": 1})
    peer.route("PUT", f"{SEND}/m-1", limited)
    with pytest.raises(ThrottledError) as caught:
        post(connect())
    assert caught.value.retry_at - datetime.now(UTC) > timedelta(seconds=50)


def test_limit_that_is_no_json_is_a_limit(server, connect, peer):
    body = Reply(429, body=b"<html>", headers={"Content-Type": "text/html"})
    peer.route("PUT", f"{SEND}/m-1", body)
    with pytest.raises(ThrottledError):
        post(connect())


def message(**more):
    given = {"text": "hi", "html": None, "kind": "m.notice", "room_id": None}
    return {**given, "transaction_id": None, **more}


@pytest.mark.parametrize("odd", [None, "", ".", "..", "a/b", "é", "x" * 256])
def test_other_transaction_ids_are_hashed(server, connect, peer, odd):
    connection = connect()
    send = connection.destination.actions["post_message"]
    paths = []
    for text in ("hi", "hi", "ho"):
        payload = send.payload_class(**message(text=text, transaction_id=odd))
        with pytest.raises(ResponseError, match="404"):  # no route: the path is what counts
            send(connection.client, payload, connection.settings)
        paths.append(peer.requests[-1].path)
    assert paths[0] == paths[1]
    assert (paths[0] == paths[2]) is bool(odd)
    assert len(paths[0].rpartition("/")[2]) == 41


def test_text_may_be_formatted_and_go_to_another_room(server, connect, peer):
    connection = connect()
    path = f"{API}/rooms/%21b%3Ax/send/m.room.message/t"
    peer.route("PUT", path, Reply(json={}))
    send = connection.destination.actions["post_message"]
    given = message(html="<b>hi</b>", kind="m.text", room_id="!b:x", transaction_id="t")
    send(connection.client, send.payload_class(**given), connection.settings)
    assert peer.received(path)[0].json() == {
        "msgtype": "m.text",
        "body": "hi",
        "format": "org.matrix.custom.html",
        "formatted_body": "<b>hi</b>",
    }


def test_event_without_a_room_is_refused(server, connect, peer):
    with pytest.raises(SettingsError, match="Room ID is missing"):
        post(connect(room_id=None))
    assert peer.requests == ()


def test_no_other_host_is_talked_to(server, connect, peer):
    with pytest.raises(PolicyError, match="not a host that this plugin declared"):
        connect(Auth(access_token="token-1")).client.get("https://matrix.example.com/")
    assert peer.requests == ()


def test_example_of_the_readme_is_true(server, peer):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    local = code.replace("Host()", "Host(allow_private=['127.0.0.1'])")
    exec(local.replace("https://matrix.example.org", peer.url), {})
    assert len(server.messages) == 1
