"""Real commands, real plugins in a folder of their own, a real server on loopback."""

import io
import os
import runpy
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import attrs
import pytest

from portcall.cli import main

HERE = Path(__file__).parent
PLUGINS = runpy.run_path(str(HERE / "plugins.py"))
OFFICE = runpy.run_path(str(HERE / "office.py"))
FORKED = runpy.run_path(str(HERE / "forked_commands.py"))["ForkedCommands"]
HOLD_TO_SCHEMA = runpy.run_path(str(HERE / "json_outputs.py"))["hold_to_schema"]


@attrs.frozen
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def both(self):
        return self.out + self.err


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Return a folder with every plugin of plugins.py installed."""
    folder = tmp_path_factory.mktemp("site")
    for slug, source in PLUGINS["SOURCES"].items():
        PLUGINS["install"](folder, slug, source)
    for name in ("portcall-twin", "portcall-other-twin"):
        PLUGINS["install"](folder, "twin", PLUGINS["LEAVER"], name)
    return folder


@pytest.fixture
def run(installed, monkeypatch, capfdbinary, tmp_path):
    """Run a command in this process: ``run("test", "good", stdin=b"", env={})``.

    What it prints with ``--json`` is held to its schema.
    """
    monkeypatch.syspath_prepend(installed)
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    for name in ("PORTCALL_KEY", "PORTCALL_KEY_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    before = set(sys.modules)

    def runner(*arguments, stdin=b"", env=None):
        stream = io.TextIOWrapper(io.BytesIO(stdin))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", stream)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            code = main([str(each) for each in arguments])
        out, err = (each.decode() for each in capfdbinary.readouterr())
        HOLD_TO_SCHEMA(arguments, out, err)
        return Outcome(code, out, err)

    yield runner
    for module in set(sys.modules) - before:
        if module.endswith("_cli_test"):
            del sys.modules[module]


@pytest.fixture
def environ(installed, tmp_path):
    """Return the environment of a process that sees the plugins of plugins.py."""
    kept = {"PATH", "LANG", "SYSTEMROOT"}
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "HOME": str(tmp_path),
        "PORTCALL_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(installed),
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture(scope="session")
def forking(installed, tmp_path_factory):
    """Return a process that has imported portcall, and that commands are forked from."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    home = str(tmp_path_factory.mktemp("home"))
    commands = FORKED(
        {**kept, "HOME": home, "PYTHONPATH": str(installed), "PYTHONWARNINGS": "error"}
    )
    yield commands
    commands.close()


@pytest.fixture
def start(forking, environ, tmp_path):
    """Start a command in a process of its own: ``start("send", ..., stdin=PIPE)``; it can be killed."""
    started = []

    def starter(*words, stdin=None, stderr=None):
        started.append(forking.start(words, environ, tmp_path, stdin, stderr))
        return started[-1]

    yield starter
    for each in started:
        each.close()


@pytest.fixture
def process(environ):
    """Run a command in a process of its own."""

    def runner(*arguments, stdin=b"", env=None):
        done = subprocess.run(
            [sys.executable, "-m", "portcall", *map(str, arguments)],
            input=stdin,
            env={**environ, **(env or {})},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return runner


@pytest.fixture
def acme(peer):
    """A server that checks user name and password by itself, and refuses what it does not like."""
    from portcall.testing import Reply

    def guarded(answer):
        def check(request):
            if request.basic != ("ada", "p4ss-w0rd!"):
                return Reply(401, json={"error": "who are you?"})
            return answer(request) if callable(answer) else answer

        return check

    def track(request):
        if request.json()["name"] == "bad":
            return Reply(422, json={"error": f"event {len(peer.requests)} is bad"})
        if request.json()["name"] == "down":
            return Reply(503)
        return Reply(204)

    peer.route("GET", "/me", guarded(Reply(200, json={"name": "Ada's account"})))
    peer.route("POST", "/track", guarded(track))
    peer.route("GET", "/missing", guarded(Reply(404, json={"error": "no such thing"})))
    return peer


@pytest.fixture
def good(acme):
    """Options that connect `good` to `acme`."""
    return (
        *("--allow-private", "127.0.0.1"),
        *("--set", f"endpoint={acme.url}"),
        *("--set", "username=ada"),
        *("--set", "password=p4ss-w0rd!"),
    )


@pytest.fixture
def bearer(peer):
    """A server whose access tokens are taken twice; refresh tokens rotate, and burn when reused."""
    from portcall.testing import Reply

    state = {"access": "at-0", "refresh": "rt-0", "left": 2, "grants": 0}

    def me(request):
        if request.headers.get("authorization") != f"Bearer {state['access']}" or not state["left"]:
            return Reply(401)
        state["left"] -= 1
        return Reply(200, json={"name": "Bea"})

    def token(request):
        form = {name: values[0] for name, values in request.form.items()}
        wanted = {
            "refresh_token": state["refresh"],
            "client_id": "app",
            "client_secret": "app-s3cret",
        }
        if form != wanted:
            state["refresh"] = "revoked"
            return Reply(400, json={"error": "invalid_grant"})
        state["grants"] += 1
        number = state["grants"]
        state.update(access=f"at-{number}", refresh=f"rt-{number}", left=2)
        return Reply(200, json={"access": state["access"], "refresh": state["refresh"]})

    peer.route("GET", "/me", me)
    peer.route("POST", "/token", token)
    peer.state = state
    return peer


@pytest.fixture
def unused_port():
    """A port on loopback without a listener, which is held so that no other test gets it."""
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def office(peer, monkeypatch):
    """An authorization server with an API, and the host's own client in the environment."""
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_ID", "app")
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_SECRET", "app-s3cret")
    return OFFICE["Office"](peer)


@pytest.fixture
def browser(tmp_path, environ):
    """Let ``BROWSER`` be a script that follows the page; call what this gives for where it ended."""
    script, seen = tmp_path / "browse", tmp_path / "page.html"
    script.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys, urllib.error, urllib.request\n"
        "try:\n"
        "    page = urllib.request.urlopen(sys.argv[1], timeout=20)\n"
        "except urllib.error.HTTPError as error:\n"
        "    page = error\n"
        f"part = pathlib.Path({str(seen) + '.part'!r})\n"
        "part.write_bytes(page.read())\n"
        f"part.rename({str(seen)!r})\n"
    )
    script.chmod(0o700)
    environ["BROWSER"] = str(script)
    environ["PORTCALL_OFFICE_CLIENT_ID"] = "app"
    environ["PORTCALL_OFFICE_CLIENT_SECRET"] = "app-s3cret"

    def page():
        ends = monotonic() + 20
        while not seen.exists() and monotonic() < ends:
            sleep(0.01)
        return seen.read_text()

    return page
