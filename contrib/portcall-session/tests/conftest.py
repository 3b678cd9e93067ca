"""A server that allows one session only, and a destination that logs in to it."""

from threading import Lock
from time import sleep
from types import SimpleNamespace

import attrs
import pytest

from portcall import Host, RequestOptions, field, hookimpl
from portcall.testing import Reply
from portcall_session import InHeader, Json, SessionLogin, SessionRequest


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


class OneSession:
    """Every login ends the session before it."""

    def __init__(self, peer, *, delay_s=0.0, lasts_s=None):
        self.lock = Lock()
        self.logins = self.strangers = self.refused = 0
        self.session = None
        self.delay_s, self.lasts_s = delay_s, lasts_s
        self.password = "s3cret"
        self.refusal = Reply(401)
        self.login_reply = None
        peer.route("POST", "/login", self.login)
        peer.route("GET", "/api", self.api)
        peer.route("POST", "/api", self.api)

    def login(self, request):
        if self.login_reply is not None:
            self.logins += 1
            return self.login_reply
        sleep(self.delay_s)  # the server is slow, not the test
        with self.lock:
            self.logins += 1
            given = request.json()
            if (given["user"], given["password"]) != ("ada", self.password):
                return Reply(403, json={"error": f"wrong password {given['password']}"})
            self.session = f"session-{self.logins}"
            return Reply(200, json={"token": self.session, "seconds": self.lasts_s})

    def api(self, request):
        with self.lock:
            given = request.headers.get("x-session")
            self.strangers += given is None
            good = given is not None and given == self.session
            self.refused += not good
        return Reply(200, json={"session": given}) if good else self.refusal


def login_of(settings, **more):
    body = {"user": settings.username, "password": settings.password}
    given = {
        "request": SessionRequest(url="/login", json=body),
        "session": Json("token"),
        "sent": InHeader("X-Session"),
    }
    return SessionLogin(**{**given, **more})


def plugin(login=login_of, **hooks):
    made = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "session"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        session_login=hookimpl(login),
    )
    vars(made).update({name: hookimpl(hook) for name, hook in hooks.items()})
    return made


@pytest.fixture
def connect(peer):
    hosts = []

    def connect(login=login_of, auth=None, password="s3cret", save=None, **hooks):
        host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin(login, **hooks)})
        hosts.append(host)
        settings = {"endpoint": peer.url, "username": "ada", "password": password}
        return host.destination("acme").connect(settings, auth, save=save)

    yield connect
    for host in hosts:
        host.close()


@pytest.fixture
def one_session(peer):
    """Make the server; its slowness and what it says of lifetimes by keyword."""
    return lambda **given: OneSession(peer, **given)


@pytest.fixture
def login():
    """Make a login that differs from the usual one by keyword."""
    return lambda **more: lambda settings: login_of(settings, **more)


@pytest.fixture
def destination():
    """The destination of these tests, as a plugin."""
    return plugin()
