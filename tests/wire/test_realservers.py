"""Basic and bearer against httpbin and nginx, by API and by command line, where those servers are."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from portcall import Auth, AuthenticationError, Host, RequestOptions, ResponseError, field, hookimpl

FOLDER = Path(__file__).parents[3] / "shared" / "realservers"
START_S = 240

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the third-party servers are not here")

PLUGIN = """
import attrs
from portcall import RequestOptions, field, hookimpl

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@hookimpl
def auth_scheme(): return "{scheme}"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{{endpoint}}"]

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def test_authentication(client): return client.get("{whoami}").json()["{identity}"]
"""


@contextmanager
def running(script):
    """Start one of the servers on a free port; return its URL; stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["bash", str(FOLDER / script)],
        env={**os.environ, "REAL_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        lines = iter(process.stdout.readline, "")
        assert any(line.startswith("READY") for line in lines), f"{script} did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def httpbin():
    with running("httpbin.sh") as url:
        yield url


@pytest.fixture(scope="module")
def nginx():
    with running("nginx.sh") as url:
        yield url


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


class Plugin:
    """A destination of one scheme, with a base URL of its own."""

    def __init__(self, scheme):
        self.scheme = scheme

    @hookimpl
    def auth_scheme(self):
        return self.scheme

    @hookimpl
    def auth_fields(self):
        return Settings

    @hookimpl
    def allowed_hosts(self):
        return ["{endpoint}"]

    @hookimpl
    def extend_request(self, settings):
        return RequestOptions(base_url=settings.endpoint)


def connect(scheme, url, auth=None, **settings):
    host = Host(allow_private=["127.0.0.1"], plugins={"real": Plugin(scheme)})
    return host.destination("real").connect({"endpoint": url, **settings}, auth)


@pytest.mark.parametrize("password", ["pw", "p:w é+=&%", "\u212b"])
def test_httpbin_takes_the_right_password(httpbin, password):
    from portcall import url_path

    connection = connect("basic", httpbin, username="ada", password=password)
    # NFC: the Angstrom sign is sent as the letter it is equal to (RFC 7617 §2.1).
    expected = "\u00c5" if password == "\u212b" else password
    answer = connection.client.get(url_path("basic-auth", "ada", expected)).json()
    assert answer == {"authenticated": True, "user": "ada"}


def test_httpbin_refuses_the_wrong_password(httpbin):
    connection = connect("basic", httpbin, username="ada", password="wrong")
    with pytest.raises(AuthenticationError, match="401"):
        connection.client.get("/basic-auth/ada/pw")


def test_httpbin_sees_the_bearer_token(httpbin):
    connection = connect("oauth2", httpbin, Auth(access_token="tok-1"))
    assert connection.client.get("/bearer").json()["token"] == "tok-1"


def test_httpbin_decodes_gzip_and_deflate(httpbin):
    client = connect("custom", httpbin).client
    assert client.get("/gzip").json()["gzipped"] is True
    assert client.get("/deflate").json()["deflated"] is True


def test_httpbin_redirects_are_answers(httpbin):
    client = connect("custom", httpbin).client
    assert client.get("/redirect/1", raise_for_status=False).status == 302
    with pytest.raises(ResponseError, match="302"):
        client.get("/redirect/1")


def test_nginx_takes_the_right_password_and_a_file(nginx):
    client = connect("basic", nginx, username="ada", password="s3cret").client
    assert client.get("/secure/me.json").json() == {"ok": True}
    assert client.put("/put/e1.json", json={"e": 1}).status == 201


def test_nginx_refuses_the_wrong_password_and_too_much(nginx):
    with pytest.raises(AuthenticationError):
        connect("basic", nginx, username="ada", password="no").client.get("/secure/me.json")
    client = connect("basic", nginx, username="ada", password="s3cret").client
    with pytest.raises(ResponseError, match="413"):
        client.put("/put/big", body=b"x" * 100_000)


def test_nginx_says_when_to_come_back(nginx):
    from portcall import ThrottledError

    client = connect("custom", nginx).client
    client.get("/quota/me.json")
    with pytest.raises(ThrottledError) as caught:
        client.get("/quota/me.json")
    assert caught.value.retry_at is not None


def run(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "portcall", *words],
        env={**os.environ, "PYTHONPATH": str(folder), "PORTCALL_REAL_PASSWORD": "pw"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def installed(tmp_path):
    """The plugin of this test as an installer would leave it."""
    source = PLUGIN.format(scheme="basic", whoami="/basic-auth/ada/pw", identity="user")
    (tmp_path / "portcall_real.py").write_text(source)
    info = tmp_path / "portcall_real-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: portcall-real\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[portcall.destinations]\nreal = portcall_real\n")
    return tmp_path


def test_the_command_line_tests_and_sends_against_httpbin(httpbin, installed):
    common = (
        "--set",
        f"endpoint={httpbin}",
        "--set",
        "username=ada",
        "--allow-private",
        "127.0.0.1",
    )
    tested = run(installed, "test", "real", *common)
    assert tested.returncode == 0, tested.stderr
    assert "ada" in tested.stdout
    sent = run(installed, "request", "real", "POST", "/post", "--json", '{"a": 1}', *common)
    assert sent.returncode == 0, sent.stderr
    assert '"a": 1' in sent.stdout
    wrong = run(installed, "test", "real", *common, "--set", "password=wrong")
    assert wrong.returncode == 3
    assert "Traceback" not in wrong.stderr + wrong.stdout
