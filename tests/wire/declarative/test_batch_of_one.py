"""An action that has only a batch, members of key files, and what one way of signing in does without."""

import json

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec

from portcall import Auth, AuthenticationError, NotDeliveredError, PluginLoadError
from portcall.testing import Reply, StandInHost

FILE = """
slug = "store"
scheme = "oauth2"
hosts = ["api.store.example"]

[methods.robot]
label = "Service account"
[methods.robot.fields.key_file]
label = "Key file"
type = "secret"
[methods.browser]
label = "A person"

[oauth2]
token_url = "https://api.store.example/token"
authorize_url = "https://store.example/authorize"
grant = '{{settings.method | replace: "robot", "jwt_bearer" | replace: "browser", "authorization_code"}}'
[oauth2.assertion]
private_key = '{{settings.key_file | member: "private_key"}}'
issuer = '{{settings.key_file | member: "client_email"}}'

[request]
base_url = "https://api.store.example"

[actions.insert]
title = "Insert"
idempotency_header = "Idempotency-Key"
[actions.insert.fields.name]
label = "Name"
required = true
default = { "@path" = "$.event" }
[actions.insert.batch]
post = "/rows"
size = 100
json = { rows = "{{items}}" }
item = { json = { name = "{{payload.name}}" } }
[actions.insert.batch.results]
items = "$.errors[*]"
by = "index"
index = "$.index"
reason = "$.message"
others = "delivered"
"""
PEM = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
)
KEY = json.dumps({"client_email": "robot@store.example", "private_key": PEM.decode()})


@pytest.fixture
def store(tmp_path, peer):
    (tmp_path / "store.toml").write_text(FILE)
    with StandInHost(plugins=[tmp_path / "store.toml"]) as host:
        host.stand_in("api.store.example", peer)
        yield host.destination("store")


def test_a_single_event_goes_as_a_batch_of_one_with_its_key_and_its_result(store, peer):
    peer.route(
        "POST", "/rows", Reply(json={}), Reply(json={"errors": [{"index": 0, "message": "no"}]})
    )
    connection = store.connect({"method": "browser"}, Auth(access_token="token-1a2b3c"))
    insert = store.actions["insert"]
    connection.perform(insert, {"event": "Paid", "messageId": "m-1"})
    first = peer.requests[0]
    assert first.json() == {"rows": [{"json": {"name": "Paid"}}]}
    assert first.headers["Idempotency-Key"]
    with pytest.raises(NotDeliveredError, match="no"):
        connection.perform(insert, {"event": "Paid", "messageId": "m-1"})
    assert peer.requests[1].headers["Idempotency-Key"] == first.headers["Idempotency-Key"]


def test_a_service_account_signs_with_the_members_of_its_key_file(store, peer):
    token = {"access_token": "token-2b3c4d", "token_type": "Bearer", "expires_in": 3600}
    peer.route("POST", "/token", Reply(json=token))
    peer.route("POST", "/rows", Reply(json={}))
    connection = store.connect({"method": "robot", "key_file": KEY})
    connection.perform(store.actions["insert"], {"event": "Paid"})
    asked, sent = peer.requests
    assert asked.form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert sent.headers["Authorization"] == "Bearer token-2b3c4d"
    assert "robot@" not in repr(connection)


def test_a_person_authorizes_without_a_key_file(store):
    connection = store.connect(
        {"method": "browser"}, Auth(client_id="app", client_secret="app-1a2b")
    )
    begun = connection.begin_authorization("https://ours.example/back")
    assert f"{begun.url}".startswith("https://store.example/authorize?")


@pytest.mark.parametrize(
    ("given", "said"),
    [("-----BEGIN KEY-----", "is not JSON"), ('{"client_email": "a"}', "no member 'private_key'")],
)
def test_what_is_no_key_file_is_refused_without_its_text(store, peer, given, said):
    connection = store.connect({"method": "robot", "key_file": given})
    with pytest.raises(AuthenticationError, match=said) as caught:
        connection.perform(store.actions["insert"], {"event": "Paid"})
    assert given not in str(caught.value)
    assert peer.requests == ()


def test_an_action_needs_a_request_or_a_batch(tmp_path):
    (tmp_path / "store.toml").write_text(FILE.partition("[actions.insert.batch]")[0])
    refused = pytest.raises(PluginLoadError, match="a request has one of")
    with StandInHost(plugins=[tmp_path / "store.toml"]) as host, refused:
        host.destination("store")


def test_an_empty_list_wants_no_value(store, peer, tmp_path):
    results = 'items = "$.rows[*]"\ndelivered = { "$.error" = [] }\nreason = "$.error"\n'
    head = FILE.replace('slug = "store"', 'slug = "other"').partition('items = "$.errors[*]"')[0]
    (tmp_path / "other.toml").write_text(head + results)
    peer.route("POST", "/rows", Reply(json={"rows": [{"error": None}, {}, {"error": "full"}]}))
    with StandInHost(plugins=[tmp_path / "other.toml"]) as host:
        host.stand_in("api.store.example", peer)
        other = host.destination("other")
        connection = other.connect({"method": "browser"}, Auth(access_token="token-1a2b3c"))
        events = [{"event": "a"}, {"event": "b"}, {"event": "c"}]
        outcomes = list(connection.deliver(other.actions["insert"], events))
    assert [each.kind for each in outcomes] == ["delivered", "delivered", "rejected"]


def test_a_batch_that_a_200_refuses_is_tried_in_halves(store, peer, tmp_path):
    rule = '[[answers]]\nwhere = { "$.code" = 40002 }\nmeans = "rejected"\nreason = "$.message"\n'
    head = FILE.replace('slug = "store"', 'slug = "other"').partition(
        "[actions.insert.batch.results]"
    )[0]
    (tmp_path / "other.toml").write_text(head.replace("[request]", f"{rule}[request]"))

    def rows(request):
        is_bad = any(row["json"]["name"] == "b" for row in request.json()["rows"])
        return Reply(json={"code": 40002, "message": "no b"} if is_bad else {"code": 0})

    peer.route("POST", "/rows", rows)
    with StandInHost(plugins=[tmp_path / "other.toml"]) as host:
        host.stand_in("api.store.example", peer)
        other = host.destination("other")
        connection = other.connect({"method": "browser"}, Auth(access_token="token-1a2b3c"))
        events = [{"event": name} for name in "abc"]
        outcomes = list(connection.deliver(other.actions["insert"], events))
    assert [each.kind for each in outcomes] == ["delivered", "rejected", "delivered"]
    assert "no b" in outcomes[1].reason
