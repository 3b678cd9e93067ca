"""Against a three-legged provider whose checks are oauthlib's."""

import json
import re
import socket
import subprocess
import urllib.request
from os import environ
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from portcall import Auth, AuthenticationError

CONSUMER = {"consumer_key": "portcall-consumer", "consumer_secret": "c0nsumer&secret+/="}
METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture(scope="module")
def provider(request):
    shared = request.path.parents[4] / "shared"
    if not shared.is_dir():
        pytest.skip("no ../shared")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    script = ["bash", shared / "realservers" / "oauth1-oauthlib.sh"]
    with subprocess.Popen(
        script, env={**environ, "REAL_PORT": port}, stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        try:
            if not line.startswith("READY"):
                pytest.skip("the provider cannot be started here")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def consent(page, *, allow):
    """Press a button on the page, and say where the browser is sent."""
    with urllib.request.urlopen(page) as shown:
        token = re.search(rb'name=oauth_token value="([^"]+)"', shown.read())[1].decode()
    form = urlencode({"oauth_token": token, "allow": "yes" if allow else "no"}).encode()
    with pytest.raises(HTTPError) as sent:
        urllib.request.build_opener(Stay).open(page.partition("?")[0], form)
    sent.value.close()
    return sent.value.headers["location"]


@pytest.mark.parametrize("method", METHODS)
def test_three_legs_and_requests(provider, connect, method):
    connection = connect(provider, None, signature_method=method, **CONSUMER)
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


def test_person_says_no(provider, connect):
    connection = connect(provider, None, **CONSUMER)
    started = connection.begin_authorization("http://127.0.0.1:9/callback")
    with pytest.raises(AuthenticationError, match="said no"):
        connection.finish_authorization(started.pending, consent(started.url, allow=False))


def test_token_that_is_wrong(provider, connect):
    auth = Auth(access_token="long-lived-token", token_secret="t0ken&secret")
    assert connect(provider, auth, **CONSUMER).client.get("/api/events").status == 200
    auth = Auth(access_token="long-lived-token", token_secret="other")
    with pytest.raises(AuthenticationError):
        connect(provider, auth, **CONSUMER).client.get("/api/events")
