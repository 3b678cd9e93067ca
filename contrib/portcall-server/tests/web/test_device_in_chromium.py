"""A person signs in on another device at a real OpenID provider; page and provider are both in Chromium."""

from pathlib import Path

import pytest
from tests.realservers.chromium import Window

from portcall import Reach, SQLiteStore
from portcall_server.web.site import Site

# The office's plugin, with the addresses and claims of the provider.
KIOSK = (
    Path(__file__)
    .with_name("office.py")
    .read_text()
    .replace("/oauth/device", "/device/auth")
    .replace("/oauth/token", "/token")
    .replace(
        '/token"', '/token", scopes=["openid", "offline_access"], client_authentication="none"'
    )
    .replace('"/me").json()["name"]', '"/api/me").json()["sub"]')
)
CODE = "document.querySelector('.code-to-type strong').textContent"
LINK = "document.querySelectorAll('main a[target=_blank]')[1].href"


@pytest.fixture
def site(tmp_path, monkeypatch):
    # The provider names no interval, and RFC 8628 section 3.2 then wants five seconds.
    monkeypatch.setattr("portcall.schemes.oauth2.device.INTERVAL_S", 0.3)
    plugin = tmp_path / "kiosk.py"
    plugin.write_text(KIOSK)
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
