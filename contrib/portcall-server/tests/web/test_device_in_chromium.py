"""A person signs in on another device at a real OpenID provider; page and provider are both in Chromium."""

import pytest
from tests.realservers.chromium import Window

from portcall import Reach, SQLiteStore
from portcall_server.web.site import Site

PLUGIN = '''
"""Kiosk: OAuth 2.0 on another device, of an OpenID provider."""

import attrs

from portcall import OAuth2Endpoints, RequestOptions, field, hookimpl


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@hookimpl
def auth_scheme():
    return "oauth2"


@hookimpl
def auth_fields():
    return Settings


@hookimpl
def allowed_hosts():
    return ["{endpoint}"]


@hookimpl
def extend_request(settings):
    return RequestOptions(base_url=settings.endpoint)


@hookimpl
def oauth2_endpoints(settings):
    return OAuth2Endpoints(
        device_url=f"{settings.endpoint}/device/auth",
        token_url=f"{settings.endpoint}/token",
        scopes=["openid", "offline_access"],
        client_authentication="none",
    )


@hookimpl
def test_authentication(client):
    return client.get("/api/me").json()["sub"]
'''
CODE = "document.querySelector('.code-to-type strong').textContent"
LINK = "document.querySelectorAll('main a[target=_blank]')[1].href"


@pytest.fixture
def site(tmp_path, monkeypatch):
    # The provider names no interval, and RFC 8628 section 3.2 then wants five seconds.
    monkeypatch.setattr("portcall.schemes.oauth2.device.INTERVAL_S", 0.3)
    plugin = tmp_path / "kiosk.py"
    plugin.write_text(PLUGIN)
    made = Site(
        reach=Reach(allow_private=("127.0.0.1",)),
        plugins=[plugin],
        store=SQLiteStore(tmp_path / "home"),
    )
    yield made
    made.close()


def test_a_real_provider_signs_a_person_in_on_another_device(real_server, serve, site):
    provider = real_server("oidc-provider")
    url, access = serve()
    with Window(real_server("chromium")) as window:
        window.open(f"{url}/?token={access.token.value}")
        window.open(f"{url}/destinations/kiosk")
        window.fill('[id="f.endpoint"]', provider.url)
        window.fill("#client_id", "tv")
        window.click("button[value=authorize]")
        window.wait_for("document.querySelector('[data-watch]')")
        page, code, link = window.url, window.run(CODE), window.run(LINK)
        assert link.startswith(f"{provider.url}/device?user_code={code}")
        window.open(link)
        for seen in (code, "Sign-in", "Authorize"):
            window.wait_for(f"document.body.textContent.includes('{seen}')")
            if seen == "Sign-in":
                window.fill("[name=login]", "ada")
                window.fill("[name=password]", "x")
            window.click("button[type=submit]")
        window.wait_for("document.body.textContent.includes('Sign-in Success')")
        window.open(page)
        window.wait_for("document.body.textContent.includes('kiosk is authorized.')")
        window.click("button[value=test]")
        window.wait_for("document.body.textContent.includes('Signed in as ada.')")
        assert not [each for each in window.complaints() if url in each]
