"""Basic and bearer against httpbin and nginx, by API and by command line."""

import os
import subprocess
import sys

import attrs
import pytest

from portcall import Auth, AuthenticationError, Host, RequestOptions, ResponseError, field, hookimpl

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


@pytest.fixture(scope="module")
def httpbin(real_server):
    return real_server("httpbin").url


@pytest.fixture(scope="module")
def nginx(real_server):
    return real_server("nginx").url


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
def test_httpbin_accepts_the_right_password(httpbin, password):
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


def test_httpbin_receives_the_bearer_token(httpbin):
    connection = connect("oauth2", httpbin, Auth(access_token="tok-1"))
    assert connection.client.get("/bearer").json()["token"] == "tok-1"


def test_gzip_and_deflate_of_httpbin_are_decoded(httpbin):
    client = connect("custom", httpbin).client
    assert client.get("/gzip").json()["gzipped"] is True
    assert client.get("/deflate").json()["deflated"] is True


def test_a_redirect_of_httpbin_is_an_error_and_not_followed(httpbin):
    client = connect("custom", httpbin).client
    assert client.get("/redirect/1", raise_for_status=False).status == 302
    with pytest.raises(ResponseError, match="302"):
        client.get("/redirect/1")


def test_nginx_accepts_the_right_password_and_stores_a_file(nginx):
    client = connect("basic", nginx, username="ada", password="s3cret").client
    assert client.get("/me.json").json() == {"ok": True}
    assert client.put("/e1.json", json={"e": 1}).status == 201


def test_the_refusals_of_nginx_for_a_password_and_for_a_size_differ(nginx):
    with pytest.raises(AuthenticationError):
        connect("basic", nginx, username="ada", password="no").client.get("/me.json")
    client = connect("basic", nginx, username="ada", password="s3cret").client
    with pytest.raises(ResponseError, match="413"):
        client.put("/big", body=b"x" * 100_000)


def test_the_retry_after_of_nginx_becomes_a_time(nginx):
    from portcall import ThrottledError

    client = connect("custom", nginx).client
    client.get("/quota.json")
    with pytest.raises(ThrottledError) as caught:
        client.get("/quota.json")
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
    """Leave the plugin of this test in a folder, as an installer does."""
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
    sent = run(installed, "request", "real", "POST", "/post", "--body-json", '{"a": 1}', *common)
    assert sent.returncode == 0, sent.stderr
    assert '"a": 1' in sent.stdout
    wrong = run(installed, "test", "real", *common, "--set", "password=wrong")
    assert wrong.returncode == 3
    assert "Traceback" not in wrong.stderr + wrong.stdout
