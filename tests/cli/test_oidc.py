"""Whole flows against oidc-provider by command line: login and consent pages clicked by a script."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

WIRE = Path(__file__).parents[1] / "wire" / "test_oauth2_oidc.py"
SCRIPT = Path(__file__).parents[3] / "shared" / "realservers" / "oidc-provider.sh"
START_S = 300
PRIVATE = ("--allow-private", "127.0.0.1")

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the third-party servers are not here")

PLUGIN = '''
"""Sso: what the certified provider offers."""
import attrs
from portcall import OAuth2Endpoints, RequestOptions, field, hookimpl

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    machine: bool = field(label="Machine", default=False)
    public: bool = field(label="Public", default=False)

@hookimpl
def auth_scheme(): return "oauth2"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def oauth2_endpoints(settings):
    base = settings.endpoint
    if settings.machine:
        return OAuth2Endpoints(token_url=f"{base}/token", grant="client_credentials")
    return OAuth2Endpoints(
        authorize_url=f"{base}/auth", token_url=f"{base}/token", issuer=base,
        revoke_url=f"{base}/token/revocation", device_url=f"{base}/device/auth",
        scopes=["openid", "offline_access"], authorize_parameters={"prompt": "consent"},
        client_authentication="none" if settings.public else "client_secret_basic",
    )

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def test_authentication(client, settings):
    me = client.get("/api/me").json()
    return me["client"] if settings.machine else me["sub"]
'''
CLICKER = """#!{python}
import runpy, sys
browser = runpy.run_path({wire!r})["Browser"]
browser(consent={consent}).go(sys.argv[1])
"""


@pytest.fixture(scope="module")
def oidc():
    """Start the server; it is gone at the end of the module."""
    port = runpy.run_path(str(WIRE))["free_ports"]()
    environment = {**os.environ, "REAL_PORT": str(port), "TOKEN_LIFE": "2"}
    with subprocess.Popen(
        ["bash", str(SCRIPT)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        line = process.stdout.readline()
        if not line.startswith("READY"):
            process.wait(START_S)
            pytest.skip("the third-party server does not start here")
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", callback_port=port + 1)
        process.terminate()


@pytest.fixture
def sso(process, oidc, environ, installed, tmp_path):
    """Install the plugin, and a browser that clicks like a person: ``sso.clicks("no")``."""
    install = runpy.run_path(str(Path(__file__).with_name("plugins.py")))["install"]
    folder = tmp_path / "plugins"
    folder.mkdir()
    install(folder, "sso", PLUGIN)
    environ["PYTHONPATH"] = os.pathsep.join((str(folder), str(installed)))
    script = tmp_path / "browse"
    environ["BROWSER"] = str(script)

    def clicks(*, consent=True):
        script.write_text(CLICKER.format(python=sys.executable, wire=str(WIRE), consent=consent))
        script.chmod(0o700)

    def client(client_id, secret=None):
        environ["PORTCALL_SSO_CLIENT_ID"] = client_id
        if secret:
            environ["PORTCALL_SSO_CLIENT_SECRET"] = secret

    clicks()
    client("web", "web-secret")
    options = [*PRIVATE, "--set", f"endpoint={oidc.url}"]
    port = ["--port", str(oidc.callback_port)]
    return SimpleNamespace(
        run=process, options=options, port=port, clicks=clicks, client=client, browse=script
    )


def test_code_and_pkce_then_rotation_then_revocation(sso):
    assert sso.run("key", "init").code == 0
    outcome = sso.run("connect", "sso", "--name", "ada", *sso.options, *sso.port)
    assert outcome.code == 0, outcome.err
    assert "ada is connected to sso, as ada." in outcome.out
    assert "encrypted." in outcome.out
    for _ in range(3):
        outcome = sso.run("test", "ada", *PRIVATE)
        assert outcome.code == 0, outcome.both
        # The tokens live for two seconds, and reuse of a refresh token would end them all.
        subprocess.run(["sleep", "2.1"], check=True)
    outcome = sso.run("disconnect", "ada", *PRIVATE)
    assert "its tokens were given back" in outcome.out


def test_a_person_who_says_no(sso):
    sso.clicks(consent=False)
    outcome = sso.run("connect", "sso", *sso.options, *sso.port)
    assert outcome.code == 3
    assert "said no (access_denied)" in outcome.err


def test_a_machine(sso):
    sso.client("machine", "machine-secret-machine-secret-32b")
    outcome = sso.run("connect", "sso", *sso.options, "--set", "machine=true")
    assert outcome.code == 0, outcome.err
    assert "as machine." in outcome.out


def test_a_device(sso, environ):
    sso.client("tv")
    command = [sys.executable, "-u", "-m", "portcall", "connect", "sso", "--device", *sso.options]
    with subprocess.Popen(
        [*command, "--set", "public=true"],
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        url = ""
        while not url:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            url = line.partition("or open ")[2].strip()
        subprocess.run([sso.browse, url], env=environ, check=True, timeout=60)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "as ada." in out
