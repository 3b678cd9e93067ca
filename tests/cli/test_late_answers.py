"""A token call runs on when its command is over: what comes then is kept, and used by the next one."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Event

import pytest

from portcall import SQLiteStore
from portcall.testing import Reply

PRIVATE = ("--allow-private", "127.0.0.1")


@pytest.fixture
def branch(run, office):
    """Keep the connection ``branch`` to `office`; its access token is refused from now on."""
    office.issue()
    tokens = {"access_token": office.access, "refresh_token": office.refresh, "expires_in": 3600}
    options = ("--name", "branch", "--with-token", *office.options())
    assert run("connect", "office", *options, stdin=json.dumps(tokens).encode()).code == 0
    office.access = "ended"
    office.asked, office.go_on = Event(), Event()
    answer = office.token

    def token(request):
        office.asked.set()
        assert office.go_on.wait(20)
        return answer(request)

    office.peer.route("POST", "/token", token)
    return "branch"


@pytest.fixture
def start(environ):
    """Start ``portcall test NAME`` in a process of its own."""

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "portcall", "test", *arguments, *PRIVATE],
            env={**environ, **CLIENT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


CLIENT = {"PORTCALL_OFFICE_CLIENT_ID": "app", "PORTCALL_OFFICE_CLIENT_SECRET": "app-s3cret"}


def read_until(stream, text):
    """Read lines until one has *text*."""
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            return
    raise AssertionError(f"no line with {text!r} among {lines}")


def insist(process):
    """Press Ctrl-C until the process has ended; two within half a second count as one."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.7)


def test_a_short_timeout_leaves_the_token_call_its_own_time(start, office, branch, tmp_path):
    with start(branch, "--timeout", "0.5") as process:
        read_until(process.stderr, "waiting for it (Ctrl-C leaves)")
        office.go_on.set()
        out, _ = process.communicate(timeout=20)
    assert "give it more time with --timeout SECONDS" in out
    assert process.returncode == 4
    kept = SQLiteStore(tmp_path / "home").get(branch).auth
    assert kept.refresh_token == office.refresh
    with start(branch) as process:
        out, _ = process.communicate(timeout=20)
    assert "Olga's office" in out
    assert len(office.grants("refresh_token")) == 1


def test_ctrl_c_ends_the_command_and_the_answer_is_kept(start, office, branch):
    with start(branch) as process:
        assert office.asked.wait(20)
        process.send_signal(signal.SIGINT)
        read_until(process.stderr, "waiting for it (Ctrl-C leaves)")
        office.go_on.set()
        process.communicate(timeout=20)
    assert process.returncode == 130
    with start(branch) as process:
        assert "Olga's office" in process.communicate(timeout=20)[0]
    assert len(office.grants("refresh_token")) == 1


def test_three_refreshes_that_were_left_by_ctrl_c_cost_nothing(start, office, branch):
    def busy(_):
        office.asked.set()
        assert office.go_on.wait(20)
        return Reply(503)

    answer = office.token
    office.peer.route("POST", "/token", busy)
    for _ in range(3):
        office.asked.clear()
        with start(branch) as process:
            assert office.asked.wait(20)
            process.send_signal(signal.SIGINT)
            read_until(process.stderr, "waiting for it (Ctrl-C leaves)")
            insist(process)
        assert process.returncode in {130, -signal.SIGINT}
    office.go_on.set()
    office.peer.route("POST", "/token", answer)
    with start(branch) as process:
        assert "Olga's office" in process.communicate(timeout=20)[0]
    assert len(office.grants("refresh_token")) == 4
