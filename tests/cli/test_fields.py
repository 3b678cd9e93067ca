"""Where a field's value comes from."""

import json
import os
import pty
import select
import subprocess
import sys
import time

import pytest

PRIVATE = ("--allow-private", "127.0.0.1")


def test_the_environment_fills_fields_in(run, acme):
    env = {
        "PORTCALL_GOOD_ENDPOINT": acme.url,
        "PORTCALL_GOOD_USERNAME": "ada",
        "PORTCALL_GOOD_PASSWORD": "p4ss-w0rd!",
        "PORTCALL_GOOD_REGION": "us",
    }
    assert run("test", "good", *PRIVATE, env=env).code == 0
    assert acme.requests[-1].headers["x-region"] == "us"


def test_an_option_goes_before_the_environment(run, good, acme):
    env = {"PORTCALL_GOOD_PASSWORD": "wrong", "PORTCALL_GOOD_REGION": "us"}
    assert run("test", "good", *good, "--set", "region=eu", env=env).code == 0
    assert acme.requests[-1].headers["x-region"] == "eu"


def test_a_file_fills_a_field_in_without_its_last_newline(run, good, tmp_path):
    (tmp_path / "password").write_text("p4ss-w0rd!\n")
    outcome = run("test", "good", *good[:-2], "--set-file", f"password={tmp_path / 'password'}")
    assert outcome.code == 0


def test_a_list_takes_several_values(run, good, acme):
    event = b'{"type": "track", "event": "x"}\n'
    tags = ("--set", "tags=a", "--set", "tags=b c")
    assert run("send", "good", "track", "-", *good, *tags, stdin=event).code == 0
    assert acme.requests[-1].json()["tags"] == ["a", "b c"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "hunter2"], "--set takes FIELD=VALUE"),
        (["--set", "regoin=eu"], "'regoin' is not one of its fields; did you mean 'region'?"),
        (["--set", "region=eu", "--set", "region=us"], "'region' is given twice"),
        (["--set-file", "password=/does/not/exist"], "/does/not/exist cannot be read"),
        (["--timeout", "0"], "--timeout"),
        (["--nonsense"], "--nonsense"),
        (["more", "words"], "2 arguments too many"),
        (["--allow-private", "not a host!"], "allow_private"),
    ],
)
def test_what_cannot_be_used_is_one_error_that_says_so(run, good, options, said):
    outcome = run("request", "good", "get", "/me", *good, *options)
    assert outcome.code == 2
    assert said in outcome.err
    assert "hunter2" not in outcome.both
    assert "Traceback" not in outcome.both


def _at_terminal(environ, arguments, answers):
    """Run a command on a terminal of its own, and give what a person sees, and its exit code."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "portcall", *arguments]
    process = subprocess.Popen(
        command, env={**environ, "TERM": "dumb"}, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen, ends = b"", time.monotonic() + 30
    for prompt, answer in answers:
        while prompt.encode() not in seen.rpartition(b"\0")[2]:
            assert select.select([ours], [], [], max(0, ends - time.monotonic()))[0], seen
            seen += os.read(ours, 4096)
        os.write(ours, answer.encode() + b"\n")
        seen += b"\0"
    while select.select([ours], [], [], max(0, ends - time.monotonic()))[0]:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not chunk:
            break
        seen += chunk
    code = process.wait(30)
    os.close(ours)
    return code, seen.decode().replace("\0", "")


def test_on_a_terminal_it_asks_and_does_not_echo_secrets(environ, acme):
    code, seen = _at_terminal(
        environ,
        ["test", "good", *PRIVATE, "--set", f"endpoint={acme.url}"],
        [("Username", "ada"), ("Password", "p4ss-w0rd!")],
    )
    assert code == 0, seen
    assert "Username: ada" in seen
    assert "Ada's account" in seen
    assert "p4ss-w0rd!" not in seen
    assert "\x1b[32m" in seen


def test_no_color_takes_the_colours_away(environ, good):
    code, seen = _at_terminal({**environ, "NO_COLOR": "1"}, ["test", "good", *good], [])
    assert code == 0, seen
    assert "\x1b[3" not in seen


def test_an_access_token_is_asked_for_too(environ, bearer):
    code, seen = _at_terminal(
        environ,
        ["test", "bearer", *PRIVATE, "--set", f"endpoint={bearer.url}"],
        [("Access token", "at-0")],
    )
    assert code == 0, seen
    assert "at-0" not in seen


def test_a_body_on_a_terminal_is_indented(environ, good):
    code, seen = _at_terminal(environ, ["request", "good", "get", "/me", *good], [])
    assert code == 0
    assert '{\r\n  "name": "Ada\'s account"\r\n}' in seen


def test_progress_on_a_terminal_is_a_bar(environ, good, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_text('{"type": "track", "event": "x"}\n' * 40)
    code, seen = _at_terminal(
        {**environ, "COLUMNS": "120"}, ["send", "good", "track", str(events), *good], []
    )
    assert code == 0, seen
    assert "40 delivered" in seen


def test_without_a_terminal_nothing_is_asked(process, acme):
    outcome = process("test", "good", *PRIVATE, "--set", f"endpoint={acme.url}", "--json")
    assert outcome.code == 2
    detail = json.loads(outcome.out)["checks"][2]["detail"]
    assert "Username" in detail
    assert "Password" in detail
