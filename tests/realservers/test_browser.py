"""The consent page is clicked in headless Chromium, and the person sees what became of it."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic
from types import SimpleNamespace

import attrs
import pytest

from portcall import Auth, Host, Loopback, OAuth2Endpoints, RequestOptions, field, hookimpl
from portcall.testing import Reply


class Chromium:
    """One browser window, driven by the W3C WebDriver protocol."""

    def __init__(self, driver):
        self.base = driver.url
        arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
        ]
        arguments += ["--disable-component-update", "--disable-sync", "--no-first-run"]
        options = {
            "binary": driver.binary,
            "args": [*arguments, f"--user-data-dir={driver.profile}"],
        }
        wanted = {"browserName": "chrome", "goog:chromeOptions": options}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{session['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.call("POST", f"{self.session}/url", {"url": url})

    def find(self, selector):
        query = {"using": "css selector", "value": selector}
        return [
            element
            for found in self.call("POST", f"{self.session}/elements", query)
            for element in found.values()
        ]

    def type(self, selector, text):
        for element in self.find(selector):
            self.call("POST", f"{self.session}/element/{element}/value", {"text": text})

    def click(self, selector):
        (element,) = self.find(selector)
        self.call("POST", f"{self.session}/element/{element}/click", {})

    def script(self, text):
        return self.call("POST", f"{self.session}/execute/sync", {"script": text, "args": []})

    def wait_for(self, heading):
        """Poll until the page has this heading: a click may return before the next page is there."""
        ends = monotonic() + 30
        while monotonic() < ends:
            if self.script("return document.querySelector('h1')?.textContent") == heading:
                return
        raise AssertionError(f"no page with the heading {heading!r} came")

    def close(self):
        self.call("DELETE", self.session)


@pytest.fixture(scope="module")
def chromium(real_server):
    with closing(Chromium(real_server("chromium"))) as browser:
        yield browser


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def connect(url, own, **declared):
    def oauth2_endpoints(settings):
        base = {
            "authorize_url": f"{settings.endpoint}/auth",
            "token_url": f"{settings.endpoint}/token",
        }
        return OAuth2Endpoints(**base, **declared)

    plugin = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "oauth2"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    )
    vars(plugin)["oauth2_endpoints"] = hookimpl(oauth2_endpoints)
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    return host.destination("acme").connect({"endpoint": url}, own)


def authorize(connection, chromium, clicks):
    """Go through the flow; what the person sees at the end."""
    with ThreadPoolExecutor(1) as pool, Loopback() as loopback:
        started = connection.begin_authorization(loopback.redirect_url)
        person = pool.submit(clicks, chromium, started.url)
        redirected_url = loopback.wait(60)
        try:
            connection.finish_authorization(started.pending, redirected_url)
            loopback.respond(True)
        except Exception as exc:
            loopback.respond(False)
            person.result()
            return exc
        person.result()
        return None


def approve(chromium, url):
    chromium.open(url)
    chromium.click("button[value=yes]")
    chromium.wait_for("Connected")


def consent_page(request):
    """What a vendor's page does: asks, and sends the browser back."""
    query = {name: values[0] for name, values in request.query.items()}
    inputs = f'<input type="hidden" name="state" value="{query["state"]}">'
    inputs += '<input type="hidden" name="code" value="c-1">'
    form = (
        f'<form action="{query["redirect_uri"]}">{inputs}<button value="yes">Allow</button></form>'
    )
    return Reply(200, body=form.encode(), headers={"Content-Type": "text/html"})


def test_a_person_allows_and_sees_a_page_that_says_so(chromium, peer):
    answer = {"access_token": "a1", "token_type": "Bearer", "expires_in": 60}
    peer.route("GET", "/auth", consent_page)
    peer.route("POST", "/token", Reply(200, json=answer))
    connection = connect(peer.url, Auth(client_id="id"), client_authentication="none")
    assert authorize(connection, chromium, approve) is None
    assert connection.auth.access_token == "a1"
    assert chromium.script("return document.querySelector('h1').textContent") == "Connected"
    # The page's own style is let through by its Content-Security-Policy.
    assert chromium.script("return document.styleSheets.length") == 1
    assert chromium.script("return document.scripts.length") == 0


def sign_in_and_consent(chromium, url):
    chromium.open(url)
    chromium.wait_for("Sign-in")
    chromium.type("input[name=login]", "ada")
    chromium.type("input[name=password]", "x")
    chromium.click("button[type=submit]")
    chromium.wait_for("Authorize")
    chromium.click("button[type=submit]")
    chromium.wait_for("Connected")


def test_a_person_signs_in_and_consents_at_oidc_provider(chromium, real_server):
    # The provider's development pages forbid by CSP that a form leads to another origin.
    bypass = {"cmd": "Page.setBypassCSP", "params": {"enabled": True}}
    chromium.call("POST", f"{chromium.session}/goog/cdp/execute", bypass)
    url = real_server("oidc-provider").url
    connection = connect(
        url,
        Auth(client_id="native"),
        client_authentication="none",
        scopes=["openid", "offline_access"],
        authorize_parameters={"prompt": "consent"},
        issuer=url,
    )
    assert authorize(connection, chromium, sign_in_and_consent) is None
    assert connection.client.get("/api/me").json()["sub"] == "ada"
    assert chromium.script("return document.querySelector('h1').textContent") == "Connected"
