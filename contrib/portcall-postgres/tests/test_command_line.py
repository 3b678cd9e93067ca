"""The command line with a store that several machines share: ``PORTCALL_STORE=postgres://...``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from threading import Lock

import pytest

from portcall.testing import Reply

PLUGIN = '''
"""Acme: tokens that rotate."""
import attrs
from portcall import OAuth2Endpoints, RequestOptions, field, hookimpl

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@hookimpl
def auth_scheme(): return "oauth2"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def oauth2_endpoints(settings): return OAuth2Endpoints(token_url=f"{settings.endpoint}/token")

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]
'''


class Rotating:
    """Takes each refresh token once."""

    def __init__(self, peer):
        self.lock, self.calls = Lock(), 0
        peer.route("POST", "/token", self.token)
        peer.route("GET", "/me", self.me)

    def token(self, request):
        with self.lock:
            if request.form["refresh_token"] != [f"r{self.calls}"]:
                return Reply(400, json={"error": "invalid_grant"})
            self.calls += 1
            answer = {"access_token": f"a{self.calls}", "refresh_token": f"r{self.calls}"}
        return Reply(json={**answer, "expires_in": 3600})

    def me(self, request):
        good = request.headers.get("authorization") == f"Bearer a{self.calls}"
        return Reply(json={"name": "Ada's account"}) if good else Reply(401)


@pytest.fixture
def machine(url, peer, tmp_path):
    """Run a command on one of several machines: ``machine(1, "test", "shop")``."""
    plugin = tmp_path / "acme.py"
    plugin.write_text(PLUGIN)

    def start(number, *words, stdin=None, **more):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / f"home{number}"),
            "PORTCALL_STORE": url,
            "PORTCALL_PLUGINS": str(plugin),
            "PORTCALL_ACME_CLIENT_ID": "app",
            "PORTCALL_ACME_CLIENT_SECRET": "app-s3cret",
            "PYTHONWARNINGS": "error",
            **more,
        }
        command = [sys.executable, "-m", "portcall", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def run(number, *words, stdin="", **more):
        process = start(number, *words, **more)
        out, err = process.communicate(stdin, timeout=60)
        return process.returncode, out, err

    run.start, run.homes = start, lambda: sorted(tmp_path.glob("home*"))
    return run


@pytest.fixture
def shop(machine, peer):
    """Keep the connection ``shop``, by a command on the first machine."""
    server = Rotating(peer)
    tokens = json.dumps({"access_token": "stale", "refresh_token": "r0", "expires_in": 3600})
    options = ("--name", "shop", "--with-token", "--set", f"endpoint={peer.url}", "--no-test")
    private = ("--allow-private", "127.0.0.1")
    code, out, err = machine(1, "connect", "acme", *options, *private, stdin=tokens)
    assert code == 0, err
    assert "encrypt it: set PORTCALL_KEY for every process" in out
    return server


def test_a_connection_made_on_one_machine_works_on_all(machine, shop):
    processes = [
        machine.start(number, "test", "shop", "--allow-private", "127.0.0.1")
        for number in (1, 2, 3, 4)
    ]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, out + err
        assert "Ada's account" in out
    assert shop.calls == 1
    said = json.loads(machine(2, "connections", "--json")[1])
    assert said["store"]["kind"] == "postgresql"
    assert [(row["name"], row["status"]) for row in said["connections"]] == [("shop", "ok")]
    assert "r1" not in machine(3, "show", "shop")[1]
    assert machine(3, "rename", "shop", "store")[0] == 0
    assert machine(4, "disconnect", "store", "--yes")[0] == 0
    assert json.loads(machine(1, "connections", "--json")[1])["connections"] == []
    assert machine.homes() == []  # nothing was written on any machine


def test_keys_of_a_shared_store_come_from_the_environment(machine, shop):
    code, _, err = machine(1, "key", "init")
    assert (code, "set PORTCALL_KEY for every process" in err) == (2, True)
    key = urlsafe_b64encode(os.urandom(32)).decode()
    code, out, err = machine(1, "key", "rotate", PORTCALL_KEY=key)
    assert code == 0, err
    assert "1 connection is encrypted" in out
    assert ", encrypted" in machine(2, "key", "status", PORTCALL_KEY=key)[1]
    code, out, _ = machine(2, "test", "shop")
    assert (code, "no key is configured" in out) == (2, True)
    code, _, err = machine(2, "connect", "acme", "--name", "other")
    assert (code, "no key is configured" in err) == (2, True)


def test_no_word_of_the_password_is_shown(machine, url):
    wrong = url.replace("portcall@", "portcall:hunter2-pw@").replace("/test", "/nowhere")
    for words in (("connections",), ("test", "shop"), ("key", "status"), ("key", "init")):
        code, out, err = machine(1, *words, PORTCALL_STORE=wrong)
        assert code == 2
        assert "cannot be used" in out + err
        assert "hunter2" not in out + err
