"""Every claim as NetSuite sees it: a peer that takes a request only with the right signature."""

import base64
import hmac
import re
import time
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import pytest
from oauthlib.common import Request as Signed
from oauthlib.oauth1.rfc5849 import signature as oauthlib

from portcall import AuthenticationError, Request, SettingsError, ThrottledError
from portcall.testing import Reply, conformance

ORIGIN = "https://1234567-sb1.restlets.api.netsuite.com"
RESTLET = "/app/site/hosting/restlet.nl"
SETTINGS = {
    "realm": "1234567_SB1",
    "script": "customscript_events",
    "consumer_key": "f40afdd8abaac111b13825dd5e5e2ddd",
    "consumer_secret": "consumer-secret-c0ffee",
    "token": "2b0ce516420110bcbd36b69e99196d1b",
    "token_secret": "token-secret-c0ffee",
}
INFO = {"companyName": "Analytical Engines", "roleName": "Events", "userName": "Ada Lovelace"}
EVENT = {"type": "track", "event": "Order Completed", "messageId": "m-1"}


def enc(text):
    return quote(text, safe="-._~")


def netsuite(reply, secrets):
    """Answer with *reply* where RFC 5849 §3.4.2 holds with SHA-256, for the account."""

    def answer(request):
        header = request.headers["authorization"]
        sent = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', header)}
        signature = sent.pop("oauth_signature")
        assert sent.pop("realm") == "1234567_SB1"
        assert sent["oauth_signature_method"] == "HMAC-SHA256"
        assert "oauth_body_hash" not in sent
        assert abs(int(sent["oauth_timestamp"]) - time.time()) < 300
        path, _, query = request.target.partition("?")
        pairs = sorted((enc(k), enc(v)) for k, v in [*sent.items(), *parse_qsl(query)])
        normal = "&".join(f"{k}={v}" for k, v in pairs)
        base = f"{request.method}&{enc(ORIGIN + path)}&{enc(normal)}".encode()
        key = f"consumer-secret-c0ffee&{secrets.get(sent.get('oauth_token'), '')}".encode()
        proof = base64.b64encode(hmac.digest(key, base, "sha256")).decode()
        return reply if signature == proof else Reply(401, json={"error": {"code": "USER_ERROR"}})

    return answer


@pytest.fixture
def server(host, peer):
    host.stand_in(ORIGIN.removeprefix("https://"), peer)
    secrets = {SETTINGS["token"]: SETTINGS["token_secret"], "t1": "s1", "t2": "s2"}
    peer.route("GET", "/rest/tokeninfo", netsuite(Reply(json=INFO), secrets))
    peer.route("POST", RESTLET, netsuite(Reply(json={"id": 7}), secrets))
    given = b"oauth_token=t1&oauth_token_secret=s1&oauth_callback_confirmed=true"
    peer.route("POST", "/rest/requesttoken", netsuite(Reply(body=given), secrets))
    given = b"oauth_token=t2&oauth_token_secret=s2"
    peer.route("POST", "/rest/accesstoken", netsuite(Reply(body=given), secrets))
    return peer


@pytest.fixture
def connect(server, host):
    def connect(**settings):
        given = {**SETTINGS, **settings}
        return host.destination("netsuite").connect(given)

    return connect


def deliver(connection, event=EVENT):
    connection.perform(connection.destination.actions["send"], event)


test_conformance = conformance("netsuite")


def test_identity(connect):
    assert connect().test() == "Ada Lovelace as Events in Analytical Engines"


def test_event_arrives_as_it_is(connect, server):
    deliver(connect(deployment="customdeploy_1"))
    [request] = server.requests
    assert request.json() == EVENT
    assert request.query == {"script": ["customscript_events"], "deploy": ["customdeploy_1"]}


def test_oauthlib_verifies_the_signature(connect, server):
    deliver(connect(deployment="customdeploy_1"))
    [request] = server.requests
    header = request.headers["authorization"]
    signed = Signed(f"{ORIGIN}{request.target}", "POST", headers={"Authorization": header})
    given = oauthlib.collect_parameters(
        uri_query=request.target.partition("?")[2], headers=signed.headers
    )
    signed.params = given
    signed.signature = unquote(re.search('oauth_signature="([^"]+)"', header)[1])
    secrets = "consumer-secret-c0ffee", SETTINGS["token_secret"]
    assert oauthlib.verify_hmac_sha256(signed, *secrets)
    assert not oauthlib.verify_hmac_sha256(signed, *reversed(secrets))


def test_hosts_are_the_account_s(host):
    settings = {**SETTINGS, "realm": "TSTDRV123"}
    request = host.destination("netsuite").connect(settings).preview(Request(method="GET", url="/"))
    assert request.url == "https://tstdrv123.restlets.api.netsuite.com/"


@pytest.mark.parametrize("account", ["1234567-sb1", "1234567_sb1", "a/b", "1234567.evil.example"])
def test_account_that_is_none(host, account):
    with pytest.raises(SettingsError, match="Account ID must be in capitals"):
        host.destination("netsuite").connect({**SETTINGS, "realm": account})


def test_method_is_not_asked_for(host):
    names = {field.name for field in host.destination("netsuite").fields}
    assert names.isdisjoint({"signature_method", "private_key", "body_hash"})


def test_person_authorizes(connect, server):
    connection = connect(token=None, token_secret=None)
    started = connection.begin_authorization("https://host.example/back")
    assert (
        started.url
        == "https://1234567-sb1.app.netsuite.com/app/login/secure/authorizetoken.nl?oauth_token=t1"
    )
    back = "https://host.example/back?oauth_token=t1&oauth_verifier=v&company=1234567_SB1&role=3"
    connection.finish_authorization(started.pending, back)
    deliver(connection)
    assert len(server.received(RESTLET)) == 1


def test_wrong_token_secret(connect, server):
    with pytest.raises(AuthenticationError) as caught:
        connect(token_secret="wrong-c0ffee").test()
    assert "c0ffee" not in str(caught.value)
    assert len(server.requests) == 1


def test_too_many_at_a_time(connect, server):
    error = {"error": {"code": "SSS_REQUEST_LIMIT_EXCEEDED", "message": "Request limit exceeded."}}
    server.route("POST", RESTLET, Reply(400, json=error))
    with pytest.raises(ThrottledError, match="too many requests"):
        deliver(connect())


def test_example_of_the_readme_is_true(host, server, capsys):
    code = (Path(__file__).parents[1] / "README.md").read_text().split("```python\n")[1]
    local = code.split("```")[0].replace("Host()", "host")
    exec(local, {"host": host})
    assert capsys.readouterr().out == "Ada Lovelace as Events in Analytical Engines\n"
    assert server.requests[-1].json()["messageId"] == "m-1"
