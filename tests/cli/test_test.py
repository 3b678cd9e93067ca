import json
import signal
import socket
import subprocess
import sys

import pytest

STEPS = ["plugin", "loaded", "settings", "hosts", "authentication"]


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _status(outcome):
    return {check["name"]: check["status"] for check in json.loads(outcome.out)["checks"]}


def test_the_checklist_ends_in_the_identity_and_the_time(run, good):
    outcome = run("test", "good", *good)
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert [line.split()[1] for line in lines[:5]] == STEPS
    assert "Ada's account (" in lines[4]
    assert lines[4].endswith(" ms)")
    assert lines[-1].startswith("good: all checks passed in ")
    assert "hello from a hook" in outcome.err


def test_as_json(run, good, acme):
    outcome = run("test", "good", *good, "--json")
    said = json.loads(outcome.out)
    assert said["ok"] is True
    assert said["identity"] == "Ada's account"
    assert said["checks"][3]["detail"] == acme.url
    assert said["took_s"] > 0


def test_a_wrong_password_fails_at_the_last_step(run, good):
    outcome = run("test", "good", *good[:-1], "password=wrong", "--json")
    assert outcome.code == 3
    assert list(_status(outcome).values()) == ["ok", "ok", "ok", "ok", "failed"]


def test_settings_that_cannot_be_used_are_all_named(run):
    outcome = run("test", "good", "--set", "endpoint=nonsense", "--set", "region=mars")
    assert outcome.code == 2
    assert "failed   settings" in outcome.out
    for label in ("Endpoint", "Username", "Password", "Region"):
        assert label in outcome.out
    assert "skipped  authentication" in outcome.out


def test_an_unreachable_destination_is_a_network_failure(run, good, unused_port):
    endpoint = f"endpoint=http://127.0.0.1:{unused_port}"
    outcome = run("test", "good", *good[:3], endpoint, *good[4:], "--json")
    assert outcome.code == 4
    assert _status(outcome)["authentication"] == "failed"


def test_a_private_address_is_refused_with_the_option_that_allows_it(run, acme):
    url = acme.url.replace("http:", "https:")
    outcome = run(
        "test", "good", "--set", f"endpoint={url}", "--set", "username=a", "--set", "password=b"
    )
    assert outcome.code == 4
    assert "--allow-private 127.0.0.1" in outcome.out
    assert acme.requests == ()


def test_a_plugin_that_ends_the_process_from_a_hook_does_not(run):
    outcome = run("test", "leaver")
    assert outcome.code == 2
    assert "test_authentication of plugin 'leaver' (portcall-leaver 1.2.3)" in outcome.out
    assert "tried to end the program (SystemExit: 0)" in outcome.out
    assert "report it to its author" in outcome.out


@pytest.mark.parametrize(
    ("slug", "step", "how"),
    [
        ("ender-import", "loaded", "exit code 0"),
        ("ender-hook", "authentication", "exit code 0"),
        ("ender-code", "authentication", "exit code 77"),
        ("ender-abort", "authentication", "SIGABRT"),
        ("ender-kill", "authentication", "SIGKILL"),
        ("ender-child", "authentication", "exit code 5"),
    ],
)
def test_a_plugin_that_ends_the_interpreter_is_named(slug, step, how, environ):
    def portcall(*arguments):
        command = [sys.executable, "-m", "portcall", "test", slug, *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    done = portcall()
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines] == STEPS
    failed = next(line for line in lines if line.split()[0] == "failed")
    assert failed.split()[1] == step
    assert f"portcall-{slug} 1.2.3" in failed
    assert f"the process ended ({how})" in failed
    said = json.loads(portcall("--json").stdout)
    assert (said["ok"], said["slug"]) == (False, slug)
    assert next(c["name"] for c in said["checks"] if c["status"] == "failed") == step


def test_an_exception_whose_text_fails_is_named(run):
    outcome = run("test", "mute")
    assert outcome.code == 2
    assert "Mute: (its text is not available: __str__ raised AttributeError)" in outcome.out
    assert "test_authentication of plugin 'mute' (portcall-mute 1.2.3)" in outcome.out
    assert "Traceback" not in outcome.both
    assert "Mute" in run("test", "mute", "--debug").both


def test_one_option_is_enough_for_a_server_on_this_machine(run, acme):
    url = acme.url.replace("127.0.0.1", "localhost")
    words = ["test", "good", "--set", f"endpoint={url}", "--set", "username=ada"]
    words += ["--set", "password=p4ss-w0rd!"]
    outcome = run(*words)
    assert outcome.code == 2
    assert "--allow-private localhost" in outcome.out
    assert "--allow-http" not in outcome.out
    outcome = run(*words, "--allow-private", "localhost")
    assert (outcome.code, len(acme.requests)) == (0, 1)


def test_ctrl_c_ends_a_test_that_waits(environ, listener):
    """The destination accepts and never answers."""
    url = f"http://127.0.0.1:{listener}"
    command = [sys.executable, "-m", "portcall", "test", "good", "--allow-private", "127.0.0.1"]
    command += ["--set", f"endpoint={url}", "--set", "username=a", "--set", "password=b"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(4):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Interrupted." in err


def test_any_exception_of_a_plugin_is_one_line(run, peer):
    outcome = run(
        "test", "keyed", "--allow-private", "127.0.0.1", "--set", f"endpoint={peer.url}",
        "--set", "api_key=k",
    )  # fmt: skip
    assert outcome.code == 2
    assert "KeyError" in outcome.out
    assert "test_authentication" in outcome.out
    assert "Traceback" not in outcome.both
