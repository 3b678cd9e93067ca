"""One refresher for everyone, and never a loop."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    Auth,
    AuthenticationError,
    DeadlineError,
    Host,
    Limits,
    ReauthorizationError,
    RefreshError,
    RequestOptions,
    Retry,
    action,
    field,
    hookimpl,
    token_response,
)
from portcall.testing import Reply


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


class TokenServer:
    """Rotates refresh tokens; a refresh token that is used twice kills the family."""

    def __init__(self, peer, *, status=200):
        self.calls = 0
        self.valid = "r0"
        self.access = "a0"
        self.accepts = True
        self.status = status
        self.rotates = True
        self.go_on = Event()
        self.go_on.set()
        peer.route("POST", "/token", self.token)
        for method in ("GET", "POST"):
            peer.route(method, "/api", self.api)

    def token(self, request):
        self.calls += 1
        assert self.go_on.wait(10)
        if self.status != 200:
            return Reply(self.status, body=b"<html>busy</html>")
        if request.form["refresh_token"] != [self.valid]:
            self.valid = self.access = "dead"
            return Reply(400, json={"error": "invalid_grant"})
        self.valid = f"r{self.calls}" if self.rotates else self.valid
        self.access = f"a{self.calls}"
        return Reply(200, json={"access_token": self.access, "refresh_token": self.valid})

    def api(self, request):
        good = self.accepts and request.headers.get("authorization") == f"Bearer {self.access}"
        return Reply(200, json={}) if good else Reply(401)


def refresh_access_token(client, auth):
    response = client.post(
        "/token", form={"refresh_token": auth.refresh_token}, raise_for_status=False
    )
    if response.status == 400:
        raise ReauthorizationError("the grant is gone")
    if response.status != 200:
        raise RefreshError(f"the token endpoint answered {response.status}")
    answer = response.json()
    return attrs.evolve(
        auth, access_token=answer["access_token"], refresh_token=answer["refresh_token"]
    )


ACME = SimpleNamespace(
    auth_scheme=hookimpl(lambda: "oauth2"),
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
)
vars(ACME)["refresh_access_token"] = hookimpl(refresh_access_token)


def connect(peer, refresh_token="r0", limits=None, plugin=ACME, **options):
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin}, limits=limits)
    auth = Auth(access_token="stale", refresh_token=refresh_token)
    return host.destination("acme").connect({"endpoint": peer.url}, auth, **options)


def test_sixty_four_threads_share_one_refresh(peer):
    server = TokenServer(peer)
    connection = connect(peer)
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: connection.client.get("/api").status, range(256)))
    assert set(answers) == {200}
    assert server.calls == 1


def test_fresh_credentials_are_saved_before_they_are_used(peer):
    server = TokenServer(peer)
    saved = []

    def save(auth):
        saved.append((auth.refresh_token.reveal(), len(peer.received("/api"))))

    connect(peer, save=save).client.get("/api")
    assert saved == [("r1", 1)]
    assert server.calls == 1


def test_an_api_that_always_says_401_costs_one_refresh_for_fifty_requests(peer):
    server = TokenServer(peer)
    server.accepts = False
    connection = connect(peer)
    for _ in range(50):
        with pytest.raises(AuthenticationError):
            connection.client.get("/api")
    assert server.calls == 1
    assert len(peer.received("/api")) == 51


def test_a_grant_that_is_gone_is_asked_for_once(peer):
    server = TokenServer(peer)
    connection = connect(peer, refresh_token="used")
    for _ in range(5):
        with pytest.raises(ReauthorizationError):
            connection.client.get("/api")
    assert server.calls == 1


def test_a_token_endpoint_that_is_busy_is_left_alone_for_a_while(peer):
    server = TokenServer(peer, status=503)
    connection = connect(peer)
    for _ in range(20):
        with pytest.raises(RefreshError, match="503"):
            connection.client.get("/api")
    assert server.calls == 2  # one more try inside the first request, none in the next ones


def test_the_next_loss_of_an_accepted_token_earns_the_next_refresh(peer):
    server = TokenServer(peer)
    connection = connect(peer)
    for expected in (1, 2, 3):
        connection.client.get("/api")
        assert server.calls == expected
        server.access = "revoked"
        server.valid = f"r{expected}"


def test_the_token_endpoint_never_sees_the_stale_bearer(peer):
    TokenServer(peer)
    connect(peer).client.get("/api")
    assert "authorization" not in peer.received("/token")[0].headers


def test_a_body_is_sent_again_whole_after_the_refresh(peer):
    TokenServer(peer)
    connect(peer).client.post("/api", json={"a": 1})
    assert [r.json() for r in peer.received("/api")] == [{"a": 1}, {"a": 1}]


def test_all_callers_leave_in_time_and_the_late_answer_of_the_token_endpoint_is_used(peer):
    server = TokenServer(peer)
    server.go_on.clear()
    connection = connect(peer)

    def send(_):
        started = monotonic()
        with pytest.raises(DeadlineError, match="goes on"):
            connection.client.get("/api", timeout_s=0.5)
        return monotonic() - started

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(send, range(8))) < 1.5
    server.go_on.set()
    assert connection.client.get("/api").status == 200
    assert server.calls == 1


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(timeout_s=0.3), id="of the host"),
        pytest.param(None, id="of the destination"),
    ],
)
def test_a_short_time_limit_never_cuts_off_the_token_call(peer, limits):
    server = TokenServer(peer)
    server.go_on.clear()
    plugin = SimpleNamespace(**vars(ACME))
    plugin.extend_request = hookimpl(
        lambda settings: RequestOptions(
            base_url=settings.endpoint, limits=None if limits else Limits(timeout_s=0.3)
        )
    )
    connection = connect(peer, limits=limits, plugin=plugin)
    started = monotonic()
    with pytest.raises(DeadlineError):
        connection.client.get("/api")
    assert monotonic() - started < 1.5
    server.go_on.set()
    assert connection.client.get("/api", timeout_s=10).status == 200
    assert (server.calls, server.valid) == (1, "r1")


def test_a_refresh_that_returns_only_an_access_token_keeps_the_rest(peer):
    server = TokenServer(peer)
    server.rotates = False
    plugin = SimpleNamespace(**vars(ACME))

    def refresh_access_token(client, auth):
        answer = client.post("/token", form={"refresh_token": auth.refresh_token}).json()
        return Auth(access_token=answer["access_token"])

    plugin.refresh_access_token = hookimpl(refresh_access_token)
    saved = []
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    start = Auth(access_token="stale", refresh_token="r0", scopes=["read"], state={"region": "eu"})
    connection = host.destination("acme").connect({"endpoint": peer.url}, start, save=saved.append)
    for _ in range(3):
        assert connection.client.get("/api").status == 200
        server.access = "revoked"
    assert [r.form["refresh_token"] for r in peer.received("/token")] == [["r0"]] * 3
    assert saved[-1] == attrs.evolve(start, access_token="a3")


@attrs.frozen
class Named:
    name: str = field(label="Name", default="x")


@action(title="Record")
def record(client, payload: Named):
    client.post("/api", json={})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(400, json={"error": "invalid_grant"}), "reauthorize"),
        (Reply(400), "reauthorize"),
        (Reply(403, body=b"<html>no</html>"), "reauthorize"),
        (Reply(404), "reauthorize"),
        (Reply(422, json={"message": "no"}), "reauthorize"),
        (Reply(503), "retry"),
        (Reply(429, headers={"Retry-After": "60"}), "retry"),
    ],
)
def test_a_refused_refresh_is_no_verdict_on_the_event_that_waits_for_it(peer, answer, kind):
    def refresh_access_token(client, auth):  # as the hook's own example has it: 4xx is raised
        return token_response(
            client.post("/token", form={"refresh_token": auth.refresh_token}), auth
        )

    peer.route("POST", "/api", Reply(401))
    peer.route("POST", "/token", answer)
    plugin = SimpleNamespace(**vars(ACME))
    plugin.refresh_access_token = hookimpl(refresh_access_token)
    plugin.actions = hookimpl(lambda: [record])
    connection = connect(peer, plugin=plugin)
    outcomes = connection.deliver(record, [{"n": 1}], retry=Retry(attempts=1))
    assert [outcome.kind for outcome in outcomes] == [kind]
