"""Whole flows against oidc-provider by command line; a script clicks its login and consent pages."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from time import sleep
from types import SimpleNamespace

import pytest

PERSON = Path(__file__).parents[1] / "realservers" / "person.py"
PRIVATE = ("--allow-private", "127.0.0.1")

PLUGIN = '''
"""Sso: what the provider offers."""
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
person = runpy.run_path({person!r})["Person"]
person(consents={consents}).visit(sys.argv[1])
"""


@pytest.fixture(scope="module")
def oidc(real_server):
    return real_server("oidc-provider")


@pytest.fixture
def sso(process, oidc, environ, installed, tmp_path):
    """Install the plugin, and a browser that clicks like a person: ``sso.clicks(consents=False)``."""
    install = runpy.run_path(str(Path(__file__).with_name("plugins.py")))["install"]
    folder = tmp_path / "plugins"
    folder.mkdir()
    install(folder, "sso", PLUGIN)
    environ["PYTHONPATH"] = os.pathsep.join((str(folder), str(installed)))
    script = tmp_path / "browse"
    environ["BROWSER"] = str(script)

    def clicks(*, consents=True):
        script.write_text(
            CLICKER.format(python=sys.executable, person=str(PERSON), consents=consents)
        )
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


def test_a_connection_outlives_its_access_tokens_and_is_revoked(sso, oidc):
    assert sso.run("key", "init").code == 0
    outcome = sso.run("connect", "sso", "--name", "ada", *sso.options, *sso.port)
    assert outcome.code == 0, outcome.err
    assert "ada is connected to sso, as ada." in outcome.out
    assert "encrypted." in outcome.out
    for _ in range(3):
        outcome = sso.run("test", "ada", *PRIVATE)
        assert outcome.code == 0, outcome.both
        # Reuse of a refresh token would end them all.
        sleep(oidc.token_life_s + 0.1)
    outcome = sso.run("disconnect", "ada", *PRIVATE)
    assert "its tokens were revoked" in outcome.out


def test_a_denied_consent_is_an_error_with_the_server_s_code(sso):
    sso.clicks(consents=False)
    outcome = sso.run("connect", "sso", *sso.options, *sso.port)
    assert outcome.code == 3
    assert "declined (access_denied)" in outcome.err


def test_a_machine_connects_with_client_credentials(sso):
    sso.client("machine", "machine-secret-machine-secret-32b")
    outcome = sso.run("connect", "sso", *sso.options, "--set", "machine=true")
    assert outcome.code == 0, outcome.err
    assert "as machine." in outcome.out


def test_a_device_connects_once_a_person_confirms_its_code(sso, environ):
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
