"""Each hook, seen from the far side of a socket."""

import hashlib
import hmac
import json
from types import SimpleNamespace

import attrs
import pytest

import portcall
from portcall import (
    Auth,
    Authorization,
    Host,
    Kind,
    RequestOptions,
    Secret,
    Verdict,
    action,
    field,
    hookimpl,
    path,
)
from portcall.testing import Reply


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key", default="k1")


def plugin(**hooks):
    """An object with these functions as hookimpls, complete enough to load."""
    defaults = {
        "auth_fields": lambda: Settings,
        "allowed_hosts": lambda: ["{endpoint}"],
        "extend_request": lambda settings: RequestOptions(base_url=settings.endpoint),
    }
    return SimpleNamespace(**{k: hookimpl(v) for k, v in {**defaults, **hooks}.items()})


def connect(peer, destination, *extras, auth=None, **settings):
    host = Host(extras, allow_private=["127.0.0.1"], plugins={"acme": destination})
    return host.destination("acme").connect({"endpoint": peer.url, **settings}, auth)


def test_auth_scheme_decides_which_scheme_signs_in(peer):
    peer.route("GET", "/me")
    connection = connect(peer, plugin(auth_scheme=lambda: "basic"), username="ann", password="pw:1")
    connection.client.get("/me")
    assert peer.requests[0].basic == ("ann", "pw:1")


def test_auth_fields_of_the_scheme_come_first_and_settings_reach_every_hook(peer):
    seen = []
    acme = plugin(
        auth_scheme=lambda: "basic",
        test_authentication=lambda settings: seen.append(settings) or settings.username,
    )
    connection = connect(peer, acme, username="ann", password="pw")
    assert [f.name for f in connection.destination.fields] == [
        "username",
        "password",
        "endpoint",
        "api_key",
    ]
    assert connection.test() == "ann"
    assert isinstance(seen[0], Settings)


def test_allowed_hosts_are_held_against_every_request(peer):
    connection = connect(peer, plugin())
    with pytest.raises(portcall.PolicyError, match=r"other\.example"):
        connection.client.get("https://other.example/x")
    assert peer.requests == ()


def test_extend_request_answers_merge_per_key_and_the_strongest_wins(peer):
    peer.route("GET", "/x")
    weak = SimpleNamespace(
        extend_request=hookimpl(
            lambda: RequestOptions(headers={"X-A": "extra", "X-B": "extra"}, query={"q": "extra"})
        )
    )
    acme = plugin(
        extend_request=lambda settings: RequestOptions(
            base_url=settings.endpoint, headers={"x-a": "mine", "X-C": settings.api_key}
        )
    )
    connect(peer, acme, weak).client.get("/x", headers={"X-c": "caller"})
    got = peer.requests[0]
    assert (got.headers["x-a"], got.headers["x-b"], got.headers["x-c"]) == (
        "mine",
        "extra",
        "caller",
    )
    assert got.query == {"q": ["extra"]}


def test_extend_request_knows_the_payload_of_the_action(peer):
    peer.route("POST", "/x")

    @attrs.frozen
    class Payload:
        user: str = field(label="User", default=path("$.userId"))

    def send(client, payload):
        client.post("/x", json={"user": payload.user})

    send.__annotations__["payload"] = Payload
    acme = plugin(
        extend_request=lambda settings, payload: RequestOptions(
            base_url=settings.endpoint, headers={"X-User": payload.user}
        ),
        actions=lambda: [action(title="Send")(send)],
    )
    connection = connect(peer, acme)
    connection.perform(connection.destination.actions["send"], {"userId": "u1"})
    assert peer.requests[0].headers["x-user"] == "u1"


def test_sign_request_signs_the_finished_request_and_nobody_signs_after_it(peer):
    peer.route("POST", "/x")

    def sign_request(request, settings):
        text = f"{request.method} {request.url} {request.headers['content-type']}".encode()
        key = settings.api_key.reveal().encode()
        proof = hmac.new(key, text + (request.body or b""), hashlib.sha256).hexdigest()
        return RequestOptions(headers={"X-Signature": proof})

    connection = connect(peer, plugin(sign_request=sign_request))
    connection.client.post("/x", json={"a": 1}, query={"b": 2})
    got = peer.requests[0]
    text = f"POST {peer.url}{got.target} {got.headers['content-type']}".encode()
    assert got.target == "/x?b=2"
    assert got.headers["x-signature"] == hmac.new(b"k1", text + got.body, "sha256").hexdigest()


def test_sign_request_runs_again_inside_the_second_attempt(peer):
    peer.route("GET", "/x", Reply(401), Reply(200))
    signed = []
    acme = plugin(
        sign_request=lambda: RequestOptions(headers={"X-N": str(signed.append(1) or len(signed))}),
        answer_challenge=lambda auth: attrs.evolve(auth, access_token="fresh"),
    )
    connect(peer, acme).client.get("/x")
    assert [r.headers["x-n"] for r in peer.requests] == ["1", "2"]


def test_send_request_is_wrapped_by_extras_outermost_first(peer):
    peer.route("GET", "/x")
    order = []

    def extra(name):
        def send_request():
            order.append(name)
            return (yield)

        return SimpleNamespace(send_request=hookimpl(send_request, wrapper=True))

    connect(peer, plugin(), extra("a"), extra("b")).client.get("/x")
    assert order == ["a", "b"]


def test_classify_response_turns_a_400_into_a_challenge(peer):
    peer.route("GET", "/x", Reply(400, json={"error": "token_expired"}), Reply(200, json={}))

    def classify_response(response):
        expired = response.status == 400 and b"token_expired" in response.body
        return Verdict(Kind.CHALLENGED) if expired else None

    acme = plugin(
        classify_response=classify_response,
        answer_challenge=lambda auth: attrs.evolve(auth, access_token="fresh"),
    )
    assert connect(peer, acme).client.get("/x").status == 200


def test_answer_challenge_gets_a_client_without_credentials(peer):
    peer.route("POST", "/login", Reply(200, json={"session": "s1"}))
    peer.route("GET", "/x", Reply(401), Reply(200, json={}))

    def answer_challenge(client, auth):
        session = client.post("/login", json={}).json()["session"]
        return attrs.evolve(auth, access_token=session)

    acme = plugin(
        extend_request=lambda settings, auth: RequestOptions(
            base_url=settings.endpoint,
            headers={"X-Session": auth.access_token or "none", "X-Key": settings.api_key},
        ),
        answer_challenge=answer_challenge,
    )
    connection = connect(peer, acme)
    connection.client.get("/x")
    login = peer.received("/login")[0]
    assert "x-key" not in login.headers
    assert "x-session" not in login.headers
    assert [r.headers["x-session"] for r in peer.received("/x")] == ["none", "s1"]
    assert connection.auth.access_token.reveal() == "s1"


def test_refresh_access_token_alone_sees_the_client_id_and_secret(peer):
    peer.route("GET", "/x", Reply(401), Reply(200, json={}))
    seen = {}

    def refresh_access_token(auth):
        seen["refresh"] = auth
        return attrs.evolve(auth, access_token="fresh")

    acme = plugin(
        auth_scheme=lambda: "oauth2",
        extend_request=lambda settings, auth: (
            seen.setdefault("extend", auth) and RequestOptions(base_url=settings.endpoint)
        ),
        refresh_access_token=refresh_access_token,
    )
    auth = Auth(
        access_token="stale", refresh_token="r1", client_id="id", client_secret=Secret("cs")
    )
    connection = connect(peer, acme, auth=auth)
    connection.client.get("/x")
    assert (seen["refresh"].client_id, seen["refresh"].client_secret.reveal()) == ("id", "cs")
    assert (seen["extend"].client_id, seen["extend"].client_secret) == (None, None)
    assert (connection.auth.client_id, connection.auth.client_secret) == (None, None)
    assert [r.headers["authorization"] for r in peer.requests] == ["Bearer stale", "Bearer fresh"]


def test_test_authentication_says_whose_credentials_these_are(peer):
    peer.route("GET", "/me", Reply(200, json={"name": "Ann"}))
    acme = plugin(test_authentication=lambda client: client.get("/me").json()["name"])
    assert connect(peer, acme).test() == "Ann"


def test_begin_authorization_and_finish_authorization_make_a_connection(peer):
    peer.route("POST", "/token", Reply(200, json={"access_token": "t1"}))

    def begin_authorization(settings, redirect_url, auth):
        page = f"{settings.endpoint}/authorize?client_id={auth.client_id}&to={redirect_url}"
        return Authorization(url=page, pending={"state": "s1"})

    def finish_authorization(client, pending, redirected_url, auth):
        assert redirected_url.endswith(f"state={pending['state']}")
        token = client.post("/token", form={"secret": auth.client_secret}).json()
        return attrs.evolve(auth, access_token=token["access_token"])

    acme = plugin(
        begin_authorization=begin_authorization, finish_authorization=finish_authorization
    )
    own = Auth(client_id="id", client_secret="cs")
    started = connect(peer, acme, auth=own).begin_authorization("http://127.0.0.1:1/cb")
    assert started.url == f"{peer.url}/authorize?client_id=id&to=http://127.0.0.1:1/cb"
    pending = json.loads(json.dumps(dict(started.pending)))
    connection = connect(peer, acme, auth=own)
    auth = connection.finish_authorization(pending, "http://127.0.0.1:1/cb?code=c&state=s1")
    assert auth.access_token.reveal() == "t1"
    assert auth.client_secret is None
    assert connection.auth is auth
    assert peer.requests[0].form == {"secret": ["cs"]}


def test_actions_are_offered_by_name(peer):
    peer.route("POST", "/x")

    @attrs.frozen
    class Payload:
        text: str = field(label="Text", default=path("$.properties.text"))

    def post_message(client, payload):
        """Post one message."""
        client.post("/x", json={"text": payload.text})

    post_message.__annotations__["payload"] = Payload
    acme = plugin(actions=lambda: [action(title="Post", subscribe='type = "track"')(post_message)])
    connection = connect(peer, acme)
    offered = connection.destination.actions["post_message"]
    connection.perform(offered, {"type": "track", "properties": {"text": "hi"}})
    assert offered.description == "Post one message."
    assert peer.requests[0].json() == {"text": "hi"}
