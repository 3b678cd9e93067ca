"""The pages on a real socket, a destination in a file, and its API on a peer."""

import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from starlette.applications import Starlette
from starlette.routing import Mount

from portcall import Reach, SQLiteStore
from portcall.testing import Reply
from portcall_server.process.listening import Listening, open_socket
from portcall_server.web.access import Access
from portcall_server.web.app import web_app
from portcall_server.web.site import Site

HERE = Path(__file__).parent
KEY = "k3y-planted-in-settings"


class Answer:
    """What the pages answered."""

    def __init__(self, answer):
        self.status, self.headers = answer.status, answer.headers
        self.page = answer.data.decode()
        self.text = " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())


class Browser:
    """Asks as one browser does: with its cookie, and with the token of the form that it was shown."""

    def __init__(self, url, token=""):
        self.url, self.cookie, self.csrf = url, "", ""
        if token:
            entered = self.get(f"/?token={token}")
            self.cookie = entered.headers["set-cookie"].partition(";")[0]

    def get(self, path, **headers):
        return self._ask("GET", path, None, headers)

    def post(self, path, headers=(), **form):
        fields = {"csrf": self.csrf, **form}
        # Names of inputs have dots in them: f__endpoint stands for f.endpoint.
        body = urlencode({name.replace("__", ".", 1): value for name, value in fields.items()})
        own = {"content-type": "application/x-www-form-urlencoded", "origin": self.url}
        return self._ask("POST", path, body, {**own, **dict(headers)})

    def _ask(self, method, path, body, headers):
        own = {"cookie": self.cookie} if self.cookie else {}
        answer = Answer(
            urllib3.request(
                method,
                f"{self.url}{path}",
                body=body,
                headers={**own, **headers},
                redirect=False,
                retries=False,
                timeout=20,
            )
        )
        if found := re.search(r'name="csrf" value="([^"]+)"', answer.page):
            self.csrf = unescape(found[1])
        return answer


@pytest.fixture
def acme(tmp_path):
    """Return the file of a destination."""
    return Path(shutil.copy(HERE / "acme.py", tmp_path / "acme.py"))


@pytest.fixture
def api(peer):
    """Return a peer that answers as Acme does."""
    peer.route("GET", "/me", Reply(json={"name": "Ada of Acme"}))
    peer.route(
        "POST", "/tickets", Reply(201, json={"id": 7, "access_token": "t0ken-of-an-answer-1"})
    )
    return peer


@pytest.fixture
def site(acme, tmp_path):
    """Return what the pages share."""
    made = Site(
        reach=Reach(allow_private=("127.0.0.1",)),
        plugins=[acme],
        store=SQLiteStore(tmp_path / "home"),
    )
    yield made
    made.close()


@pytest.fixture
def serve(site):
    """Return a function that serves the pages, and gives a browser that was let in."""
    running = []

    def start(below="", **access):
        listener = open_socket("127.0.0.1", 0)
        allowed = Access.at("127.0.0.1", listener.getsockname()[1], **access)
        app = web_app(site, allowed)
        whole = Starlette(routes=[Mount(below, app)]) if below else app
        listening = Listening(whole, listener, grace_s=1)
        running.append(listening)
        listening.__enter__()
        return listening.url, allowed

    yield start
    for each in running:
        each.__exit__()


@pytest.fixture
def browser(serve):
    """Return a browser that was let in by its link."""
    url, access = serve()
    return Browser(url, access.token.value)


@pytest.fixture
def filled_in(browser, api):
    """Return the browser after the fields of Acme were filled in."""
    browser.get("/destinations/acme")
    browser.post(
        "/destinations/acme", do="check", f__endpoint=api.url, f__flow="key", f__api_key=KEY
    )
    return browser
