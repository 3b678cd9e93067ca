"""OAuth 1.0a against a three-legged provider whose checks are oauthlib's."""

import json
import re
import urllib.request
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from portcall import Auth, AuthenticationError

CONSUMER = {"consumer_key": "portcall-consumer", "consumer_secret": "c0nsumer&secret+/="}
METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512"]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture(scope="module")
def provider(real_server):
    return real_server("oauth1-provider")


def consent(page, *, allow):
    """Press a button of the page, and return where the browser is sent."""
    with urllib.request.urlopen(page) as shown:
        token = re.search(rb'name="oauth_token" value="([^"]+)"', shown.read())[1].decode()
    form = urlencode({"oauth_token": token, "allow": "yes" if allow else "no"}).encode()
    with pytest.raises(HTTPError) as sent:
        urllib.request.build_opener(Stay).open(page.partition("?")[0], form)
    sent.value.close()
    return sent.value.headers["location"]


@pytest.mark.parametrize("method", [*METHODS, "PLAINTEXT"])
def test_oauthlib_accepts_three_legs_and_every_kind_of_request(provider, connect, method):
    more = {"private_key": provider.private_key} if method.startswith("RSA") else {}
    connection = connect(provider.url, None, signature_method=method, **CONSUMER, **more)
    back = "http://127.0.0.1:9/callback"
    started = connection.begin_authorization(back)
    auth = connection.finish_authorization(started.pending, consent(started.url, allow=True))
    assert auth.access_token
    client = connection.client
    client.post("/api/events", form={"a": "1 2", "b+c": "é&=", "a ": ""})
    client.post("/api/events", json={"e": 1})
    client.get("/api/events", query={"b": ["2", "1"], "a": "x y", "c": "", "d": "é~+"})
    answer = client.get("/api/events/a%20b/~x/%C3%A9")
    assert json.loads(answer.body)["user"] == "ada"


def test_a_denied_consent_is_an_authentication_error(provider, connect):
    connection = connect(provider.url, None, **CONSUMER)
    started = connection.begin_authorization("http://127.0.0.1:9/callback")
    with pytest.raises(AuthenticationError, match="declined"):
        connection.finish_authorization(started.pending, consent(started.url, allow=False))


def test_oauthlib_refuses_a_wrong_token_secret(provider, connect):
    auth = Auth(access_token="long-lived-token", token_secret="t0ken&secret")
    assert connect(provider.url, auth, **CONSUMER).client.get("/api/events").status == 200
    auth = Auth(access_token="long-lived-token", token_secret="other")
    with pytest.raises(AuthenticationError):
        connect(provider.url, auth, **CONSUMER).client.get("/api/events")
