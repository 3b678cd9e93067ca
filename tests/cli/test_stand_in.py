"""``--stand-in FILE``: a destination with hosts of its own, tried at the terminal against this machine."""

import json

import pytest

ACME = """
slug = "acme"
hosts = ["api.acme.example"]

[fields.api_key]
label = "API key"
type = "secret"

[request]
base_url = "https://api.acme.example/v1"
headers = { X-Api-Key = "{{settings.api_key}}" }

[identity]
get = "/me"
name = "$.name"

[actions.record]
title = "Record"
post = "/events"

[actions.record.fields.name]
label = "Name"
default = { "@path" = "$.event" }
"""
STAND_IN = """
import pathlib
from portcall.testing import Reply, StandInHost


def stand_in(host: StandInHost) -> None:
    peer = host.stand_in("api.acme.example")

    def me(request):
        known = request.headers.get("X-Api-Key") == "key-1a2b3c4d"
        return Reply(json={"name": "Ada"}) if known else Reply(401)

    def record(request):
        with pathlib.Path("received.ndjson").open("ab") as file:
            file.write(request.body + b"\\n")
        return Reply(202)

    peer.route("GET", "/v1/me", me)
    peer.route("POST", "/v1/events", record)
"""


@pytest.fixture
def try_it(run, tmp_path, monkeypatch):
    """Run a command against the stand-in of a file, in a folder that also has the destination."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.toml").write_text(ACME)
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    (tmp_path / "events.ndjson").write_text('{"type": "track", "event": "Order"}\n')

    def runner(command, *words, key="key-1a2b3c4d", file="stand_in.py"):
        given = ("--set", f"api_key={key}", "--stand-in", file)
        return run("--plugin", "acme.toml", command, "acme", *words, *given)

    return runner


def test_the_identity_comes_from_the_stand_in(try_it):
    outcome = try_it("test")
    assert outcome.code == 0, outcome.both
    assert "Ada" in outcome.out
    assert try_it("test", key="wrong").code == 3


def test_events_arrive_at_the_stand_in(try_it, tmp_path):
    assert try_it("send", "record", "events.ndjson").code == 0
    assert json.loads((tmp_path / "received.ndjson").read_text()) == {"name": "Order"}


def test_one_request_is_answered_by_the_stand_in(try_it):
    assert '"name": "Ada"' in try_it("request", "GET", "/me").out


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", "no function stand_in(host)"),
        ("def (", "SyntaxError"),
        ("import no_such_module", "no_such_module"),
        ("def stand_in(host): host.stand_in('https://x')", "host pattern 'https"),
        ("def stand_in(host): 1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_plays_nothing_is_refused(try_it, tmp_path, source, said):
    (tmp_path / "bad.py").write_text(source)
    outcome = try_it("test", file="bad.py")
    assert outcome.code == 2
    assert said in outcome.both
    assert "plugin" not in outcome.both.replace("--plugin", "")


def test_the_files_of_real_accounts_are_no_business_of_a_stand_in(try_it):
    for option in (("--save-auth", "auth.json"), ("--allow-private", "127.0.0.1")):
        outcome = try_it("test", *option)
        assert outcome.code == 2
        assert "--stand-in excludes" in outcome.err


def test_a_connection_that_is_kept_is_never_led_to_a_stand_in(try_it, run, good, tmp_path):
    assert run("connect", "good", "--name", "mine", *good).code == 0
    outcome = run("test", "mine", "--stand-in", "stand_in.py")
    assert outcome.code == 2
    assert "credentials that no stand-in may see" in outcome.both
