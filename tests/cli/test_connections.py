"""What is kept: listed, shown, used by name, renamed, forgotten; by one process and by two."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from portcall import SQLiteStore
from portcall.testing import Reply

PRIVATE = ("--allow-private", "127.0.0.1")


@pytest.fixture
def shop(run, good):
    """Keep the connection ``shop`` to `good`."""
    outcome = run("connect", "good", "--name", "shop", *good)
    assert outcome.code == 0, outcome.err
    return "shop"


@pytest.fixture
def branch(run, office):
    """Keep the connection ``branch`` to `office`, with tokens that rotate."""
    office.issue()
    tokens = {"access_token": office.access, "refresh_token": office.refresh, "expires_in": 3600}
    options = ("--name", "branch", "--with-token", *office.options())
    outcome = run("connect", "office", *options, stdin=json.dumps(tokens).encode())
    assert outcome.code == 0, outcome.err
    return "branch"


def _kept(tmp_path, name):
    return SQLiteStore(tmp_path / "home").get(name)


def _change(tmp_path, name, **auth):
    store = SQLiteStore(tmp_path / "home")
    record = store.get(name)
    changed = attrs.evolve(record, auth=attrs.evolve(record.auth, **auth))
    store.replace(changed, generation=record.generation)


def test_nothing_is_kept_yet_and_looking_makes_no_file(run, tmp_path):
    assert "portcall connect SLUG" in run("connections").out
    assert json.loads(run("connections", "--json").out) == {"connections": [], "store": None}
    assert run("show", "shop").code == run("disconnect", "shop").code == 2
    assert run("rename", "shop", "other").code == 2
    assert run("describe", "good").code == 0
    assert not (tmp_path / "home").exists()


def test_the_list(run, shop, branch):
    outcome = run("connections")
    assert outcome.code == 0
    rows = [line.split() for line in outcome.out.splitlines()[:3]]
    assert rows[0] == ["name", "destination", "connected", "status"]
    assert [(row[0], row[1], row[-1]) for row in rows[1:]] == [
        ("branch", "office", "ok"),
        ("shop", "good", "ok"),
    ]
    assert "not encrypted; encrypt it with: portcall key init" in outcome.out
    said = json.loads(run("connections", "--json").out)
    assert said["store"]["encryption"] == "not encrypted"
    assert [each["status"] for each in said["connections"]] == ["ok", "ok"]


def test_a_token_that_is_over_for_good(run, branch, tmp_path):
    past = datetime.now(UTC) - timedelta(hours=3)
    _change(tmp_path, branch, refresh_token=None, expires_at=past)
    assert "expired" in run("connections").out
    assert "3 hours ago" in run("show", branch).out


def test_show_says_where_each_value_is_from(run, branch):
    outcome = run("show", branch)
    assert outcome.code == 0
    lines = {line.split()[0]: line.split()[1:] for line in outcome.out.splitlines() if line.strip()}
    assert lines["way"] == ["page", "default"]
    assert lines["endpoint"][1] == "stored"
    assert lines["access_token"] == ["***", "stored"]
    assert lines["client_id"] == ["app", "environment:", "PORTCALL_OFFICE_CLIENT_ID"]
    assert lines["client_secret"][0] == "***"
    assert "minutes" in outcome.out
    assert "secret-1" not in outcome.both


def test_show_works_without_the_plugin(run, branch, tmp_path):
    store = SQLiteStore(tmp_path / "home")
    record = store.get(branch)
    store.create(attrs.evolve(record, name="orphan", slug="vanished"))
    outcome = run("show", "orphan")
    assert outcome.code == 0
    assert "no installed distribution offers 'vanished'" in outcome.out
    assert "pip install" not in outcome.out
    outcome = run("disconnect", "orphan")
    assert outcome.code == 0
    assert "nothing was revoked" in outcome.err


def test_an_unknown_name_gets_the_near_one(run, shop):
    for arguments in (["show"], ["disconnect"], ["test"], ["request"], ["send"], ["describe"]):
        rest = {"request": ["get", "/"], "send": ["track", "-"]}.get(arguments[0], [])
        outcome = run(*arguments, "shopp", *rest)
        assert outcome.code == 2
        assert "did you mean 'shop'?" in outcome.both


def test_every_command_takes_a_name(run, shop, acme):
    assert (
        "good from portcall-good 1.2.3, for the connection shop" in run("test", shop, *PRIVATE).out
    )
    assert json.loads(run("request", shop, "get", "/me", *PRIVATE).out)["name"] == "Ada's account"
    assert "***" in run("request", shop, "get", "/me", "--curl", *PRIVATE).out
    event = b'{"type": "track", "event": "x"}\n'
    outcome = run("send", shop, "track", "-", *PRIVATE, "--json", stdin=event)
    assert json.loads(outcome.out)["destination"] == "good"
    assert acme.received("/track")
    assert run("describe", shop).out.startswith("good (portcall-good")


def test_a_setting_for_one_run_is_not_stored(run, branch, office):
    assert run("test", branch, *PRIVATE, "--set", "region=us").code == 0
    assert office.regions[-1] == "us"
    assert run("test", branch, *PRIVATE).code == 0
    assert office.regions[-1] == "eu"


def test_the_environment_does_not_change_what_is_stored(run, branch, office):
    env = {"PORTCALL_OFFICE_REGION": "us", "PORTCALL_OFFICE_ACCESS_TOKEN": "other"}
    assert run("test", branch, *PRIVATE, env=env).code == 0
    assert office.regions[-1] == "eu"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--save-auth", "x"], "keeps its tokens itself"),
        (["--set", "access_token=secret-9"], "--replace --with-token"),
        (["--set", "regoin=us"], "did you mean 'region'?"),
    ],
)
def test_options_that_are_not_for_a_name(run, branch, options, said):
    outcome = run("request", branch, "get", "/me", *options)
    assert outcome.code == 2
    assert said in outcome.err
    assert "secret-9" not in outcome.both


def test_a_refreshed_token_is_stored(run, branch, office, tmp_path):
    office.access = "another"
    outcome = run("request", branch, "get", "/me", *PRIVATE)
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    assert _kept(tmp_path, branch).auth.refresh_token == office.refresh == "rt-secret-2"
    assert run("request", branch, "get", "/me", *PRIVATE).code == 0
    assert len(office.grants("refresh_token")) == 1


def test_a_token_that_arrives_is_not_shown(run, branch, office):
    def me(request):
        return Reply(400, json={"you sent": request.headers["authorization"]})

    office.peer.route("GET", "/me", Reply(401), me)
    outcome = run("request", branch, "get", "/me", "-i", *PRIVATE, "--debug")
    assert outcome.code == 1
    assert "secret-2" not in outcome.both


def test_two_processes_refresh_once(process, run, branch, office, environ):
    environ["PORTCALL_OFFICE_CLIENT_ID"] = "app"
    environ["PORTCALL_OFFICE_CLIENT_SECRET"] = "app-s3cret"
    office.access = "another"
    command = [sys.executable, "-m", "portcall", "request", branch, "get", "/me", *PRIVATE]
    started = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for each in started:
        out, err = each.communicate(timeout=60)
        assert (each.returncode, json.loads(out)["name"]) == (0, "Olga's office"), err
    assert len(office.grants("refresh_token")) == 1


def test_a_connection_goes_before_the_destination_of_its_name(run, good, acme, tmp_path):
    assert run("connect", "good", *good).code == 0
    outcome = run("test", "good", *PRIVATE)
    assert outcome.code == 0
    assert "for the connection good" in outcome.out
    assert "Warning" not in outcome.err
    SQLiteStore(tmp_path / "home").rename("good", "leaver")
    outcome = run("test", "leaver", *PRIVATE)
    assert outcome.code == 0
    assert "leaver is both your connection to good and a destination" in outcome.err


def test_rename(run, shop):
    assert run("rename", shop, "market").out == "shop is now called market.\n"
    assert run("test", "market", *PRIVATE).code == 0
    assert run("show", shop).code == 2
    said = json.loads(run("rename", "market", "good", "--json").out)
    assert said == {"connection": "good", "destination": "good"}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("branch", "a connection 'branch' already exists"),
        ("Shop!", "such as 'shop'"),
        ("keyed", "is the name of a destination"),
    ],
)
def test_names_that_cannot_be(run, shop, branch, new, said):
    outcome = run("rename", shop, new)
    assert outcome.code == 2
    assert said in outcome.err
    assert run("show", shop).code == 0


def test_disconnect_gives_the_tokens_back(run, branch, office):
    outcome = run("disconnect", branch, *PRIVATE)
    assert outcome.out == "branch is forgotten, and its tokens were revoked.\n"
    assert office.revoked == ["rt-secret-1", "at-secret-1"]
    assert run("show", branch).code == 2


def test_disconnect_without_giving_back(run, branch, office):
    said = json.loads(run("disconnect", branch, "--no-revoke", "--json").out)
    assert said == {"connection": "branch", "revoked": False}
    assert office.revoked == []


def test_disconnect_where_nothing_is_taken_back(run, shop):
    outcome = run("disconnect", shop, "--revoke")
    assert outcome.code == 2
    assert "cannot revoke tokens" in outcome.err
    assert run("disconnect", shop).out == "shop is forgotten.\n"


def test_disconnect_that_fails_forgets_nothing(run, branch, office):
    office.peer.route("POST", "/revoke", Reply(503))
    outcome = run("disconnect", branch, *PRIVATE)
    assert outcome.code == 3
    assert "--no-revoke" in outcome.err
    assert run("show", branch).code == 0


def test_a_key_encrypts_what_is_kept_and_what_comes(run, shop, good, tmp_path):
    outcome = run("key", "init")
    assert outcome.code == 0, outcome.err
    assert "1 connection is encrypted with it." in outcome.out
    key = tmp_path / "home" / "key"
    assert str(key) in outcome.out
    assert key.stat().st_mode & 0o777 == 0o600
    assert "encrypted." in run("connections").out
    outcome = run("connect", "good", "--name", "second", *good, "--json")
    assert json.loads(outcome.out)["encryption"] == "encrypted"
    raw = (tmp_path / "home" / "connections.sqlite3").read_bytes()
    assert b"p4ss-w0rd!" not in raw
    assert run("key", "init").code == 2


def test_a_key_is_changed(run, shop, tmp_path):
    assert run("key", "init").code == 0
    old = (tmp_path / "home" / "key").read_text()
    said = json.loads(run("key", "rotate", "--json").out)
    assert said["encrypted"] == 1
    assert (tmp_path / "home" / "key").read_text() not in ("", old)
    assert run("test", shop, *PRIVATE).code == 0
    assert json.loads(run("key", "status", "--json").out)["encryption"] == "encrypted"
    assert "1 connection is kept in" in run("key", "status").out
    outcome = run("test", shop, env={"PORTCALL_KEY": old.strip()})
    assert outcome.code == 2
    assert "is encrypted with key" in outcome.out
    assert old.strip() not in outcome.both


def test_a_key_from_elsewhere_encrypts_what_is_kept_by_a_rotation(run, shop):
    key = {"PORTCALL_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    listed = run("connections", env=key).out
    assert "not encrypted; encrypt it with: portcall key rotate" in listed
    assert "1 connection is encrypted" in run("key", "rotate", env=key).out
    assert "encrypted." in run("connections", env=key).out
    assert run("show", shop).code == 2


def test_no_key_to_rotate(run, shop):
    outcome = run("key", "rotate")
    assert outcome.code == 2
    assert "portcall key init" in outcome.err


def test_without_the_key_names_are_listed_and_nothing_else_works(run, shop, branch, tmp_path):
    assert run("key", "init").code == 0
    key = tmp_path / "home" / "key"
    key.rename(tmp_path / "away")
    outcome = run("connections")
    assert outcome.code == 0
    assert outcome.out.count("unreadable") == 2
    assert "set PORTCALL_KEY" in outcome.out
    for arguments in (["show", shop], ["request", shop, "get", "/me"], ["rename", shop, "other"]):
        outcome = run(*arguments)
        assert outcome.code == 2
        assert "is encrypted with key" in outcome.err
    outcome = run("disconnect", branch)
    assert outcome.code == 0
    assert "nothing was revoked" in outcome.err
    (tmp_path / "away").rename(key)
    assert run("show", shop).code == 0


def test_a_key_that_is_given_already(run):
    outcome = run("key", "init", env={"PORTCALL_KEY": "k"})
    assert outcome.code == 2
    assert "PORTCALL_KEY gives the key already" in outcome.err


def test_completion_of_names(process, run, shop):
    for words, offered in (
        ("portcall show sh", {"shop"}),
        ("portcall test sho", {"shop", "shopify"}),
        ("portcall send shop tr", {"track", "tracks"}),
        ("portcall request shop get / --set reg", {"region="}),
    ):
        env = {
            "_PORTCALL_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
        outcome = process(env=env)
        assert {line.partition(",")[2] for line in outcome.out.split()} == offered
        assert outcome.err == ""


def test_a_store_that_others_can_read_is_an_error(run, shop, tmp_path):
    Path(tmp_path / "home").chmod(0o755)
    outcome = run("test", shop)
    assert outcome.code == 2
    assert "chmod 700" in outcome.out


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 130), (b"y\n", 0)])
def test_a_person_is_asked_before_anything_is_forgotten(run, shop, monkeypatch, answer, code):
    monkeypatch.setattr("portcall.cli.commands.disconnect.on_terminal", lambda: True)
    assert run("disconnect", shop, stdin=answer).code == code
    assert run("show", shop).code == (2 if code == 0 else 0)
    assert run("disconnect", shop, "--yes").code == (2 if code == 0 else 0)


def test_a_name_as_json(run, shop):
    said = json.loads(run("test", shop, *PRIVATE, "--json").out)
    assert (said["slug"], said["connection"], said["identity"]) == ("good", "shop", "Ada's account")
