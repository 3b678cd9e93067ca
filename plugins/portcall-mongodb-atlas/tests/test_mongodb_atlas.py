"""Every claim as Atlas sees it: a peer that takes a request only with the digest of the private key."""

import hashlib
import re
from pathlib import Path

import pytest

from portcall import AuthenticationError, ResponseError, SettingsError
from portcall.testing import Reply, conformance

ROOT = "/api/atlas/v2"
PROJECT = f"{ROOT}/groups/32b6e34b3d91647abb20e7b8"
ALERT = f"{PROJECT}/alerts/5d1113b25a115342acc2d1aa"
SETTINGS = {
    "username": "abcdefgh",
    "password": "c0ffee00-1234-4bcd-8ef0-1234567890ab",
    "project_id": "32b6e34b3d91647abb20e7b8",
}
STATUS = {
    "apiKey": {"id": "5d1113b25a115342acc2d1ab", "publicKey": "abcdefgh", "roles": []},
    "appName": "MongoDB Atlas",
    "build": "0" * 40,
    "throttling": False,
}
ACKNOWLEDGED = {
    "type": "track",
    "event": "Alert Acknowledged",
    "properties": {
        "alert_id": "5d1113b25a115342acc2d1aa",
        "until": "2026-05-02T12:00:00Z",
        "comment": "Ada looks at it",
    },
}
CHALLENGE = {
    "WWW-Authenticate": 'Digest realm="MMS Public API", domain="", nonce="n0nce", algorithm=MD5, '
    'qop="auth", stale=false'
}


def h(text):
    return hashlib.md5(text.encode()).hexdigest()


def atlas(reply):
    """Answer with *reply* where RFC 7616 §3.4.1 holds."""

    def answer(request):
        pairs = re.findall(r'(\w+)="?([^",]+)', request.headers.get("authorization", ""))
        sent = dict(pairs)
        key = h(f"abcdefgh:MMS Public API:{SETTINGS['password']}")
        words = [sent.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
        proof = h(":".join([key, *words, h(f"{request.method}:{request.target}")]))
        return reply if sent.get("response") == proof else Reply(401, headers=CHALLENGE)

    return answer


@pytest.fixture
def server(host, peer):
    host.stand_in("cloud.mongodb.com", peer)
    peer.route("GET", ROOT, atlas(Reply(json=STATUS)))
    peer.route("PATCH", ALERT, atlas(Reply(json={"status": "OPEN"})))
    peer.route("POST", f"{PROJECT}/accessList", atlas(Reply(201, json={"totalCount": 1})))
    return peer


@pytest.fixture
def connect(server, host):
    def connect(**settings):
        given = {**SETTINGS, **settings}
        return host.destination("mongodb-atlas").connect(given)

    return connect


def perform(connection, name, event):
    return connection.perform(connection.destination.actions[name], event)


test_conformance = conformance("mongodb-atlas")


def test_identity(connect, server):
    assert connect().test() == "MongoDB Atlas, API key abcdefgh"
    assert server.requests[-1].headers["accept"] == "application/vnd.atlas.2023-01-01+json"


def test_alert_is_acknowledged(connect, server):
    perform(connect(), "acknowledge_alert", ACKNOWLEDGED)
    assert server.requests[-1].json() == {
        "acknowledgedUntil": "2026-05-02T12:00:00+00:00",
        "acknowledgementComment": "Ada looks at it",
    }


def test_one_challenge_for_many_events(connect, server):
    connection = connect()
    for _ in range(5):
        perform(connection, "acknowledge_alert", ACKNOWLEDGED)
    assert len(server.received(ALERT)) == 6


@pytest.mark.parametrize(
    ("address", "name"), [("192.0.2.7", "ipAddress"), ("192.0.2.0/24", "cidrBlock")]
)
def test_address_is_let_in(connect, server, address, name):
    event = {"type": "track", "event": "Access Granted", "properties": {"address": address}}
    perform(connect(), "allow_address", event)
    assert server.requests[-1].json() == [{name: address}]


def test_wrong_key(connect, server):
    with pytest.raises(AuthenticationError) as caught:
        connect(password="wrong-c0ffee").test()
    assert "c0ffee" not in str(caught.value)
    assert len(server.requests) == 2


def test_an_id_stays_in_its_segment(connect, server):
    event = {**ACKNOWLEDGED, "properties": {**ACKNOWLEDGED["properties"], "alert_id": "a/b?c"}}
    with pytest.raises(ResponseError):
        perform(connect(), "acknowledge_alert", event)
    assert server.requests[-1].target.endswith("/alerts/a%2Fb%3Fc")


def test_an_id_that_climbs_out_of_its_segment_is_never_sent(connect, server):
    event = {**ACKNOWLEDGED, "properties": {**ACKNOWLEDGED["properties"], "alert_id": "a/../b?c"}}
    with pytest.raises(SettingsError, match="alert has"):
        perform(connect(), "acknowledge_alert", event)
    assert server.requests == ()


def test_event_without_an_alert(connect, server):
    with pytest.raises(SettingsError, match="Alert ID"):
        perform(connect(), "acknowledge_alert", {**ACKNOWLEDGED, "properties": {}})
    assert server.requests == ()


def test_example_of_the_readme_is_true(host, server, capsys):
    code = (Path(__file__).parents[1] / "README.md").read_text().split("```python\n")[1]
    local = code.split("```")[0].replace("Host()", "host")
    exec(local, {"host": host})
    assert capsys.readouterr().out == "MongoDB Atlas, API key abcdefgh\n"
    assert len(server.received(f"{PROJECT}/accessList")) == 1


def test_atlas_for_government_is_a_choice_and_no_other_server_is(host, server):
    host.stand_in("cloud.mongodbgov.com", server)
    destination = host.destination("mongodb-atlas")
    government = destination.connect({**SETTINGS, "server": "cloud.mongodbgov.com"})
    assert government.test() == "MongoDB Atlas, API key abcdefgh"
    assert server.requests[-1].headers["Host"] == "cloud.mongodbgov.com"
    with pytest.raises(SettingsError, match="Server must be"):
        destination.connect({**SETTINGS, "server": "evil.example"})
    with pytest.raises(SettingsError, match="`endpoint` is not a field"):
        destination.connect({**SETTINGS, "endpoint": "https://cloud.mongodb.com"})
