"""The listener for the browser: polite to browsers, deaf to everybody else."""

import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from portcall import DeadlineError, SettingsError
from portcall.schemes.oauth2 import visitors
from portcall.schemes.oauth2.loopback import Loopback


class Browser:
    """Asks a listener things, each on a connection of its own."""

    def __init__(self, loopback):
        self.loopback = loopback
        self.pool = ThreadPoolExecutor(8)
        self.sockets = []

    def open(self, target, method="GET", **headers):
        """Go there; the answer is a future of status, headers, body."""
        return self.pool.submit(self._open, target, method, headers)

    def raw(self, data=b""):
        """Open a connection, send *data* and nothing more."""
        sock = socket.create_connection(("127.0.0.1", self.loopback.port), timeout=10)
        sock.sendall(data)
        self.sockets.append(sock)
        return sock

    def close(self):
        self.pool.shutdown()
        for sock in self.sockets:
            sock.close()

    def _open(self, target, method, headers):
        connection = HTTPConnection("127.0.0.1", self.loopback.port, timeout=10)
        try:
            connection.request(method, target, headers=headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()


@pytest.fixture
def loopback():
    with Loopback() as listening:
        yield listening


@pytest.fixture
def browser(loopback):
    opened = Browser(loopback)
    yield opened
    loopback.respond(False)
    opened.close()


def test_the_redirect_is_handed_over_and_the_page_says_that_it_worked(loopback, browser):
    page = browser.open("/callback?code=c%2B1&state=s")
    assert loopback.wait(10) == f"http://127.0.0.1:{loopback.port}/callback?code=c%2B1&state=s"
    assert not page.done()
    loopback.respond(True)
    status, headers, body = page.result()
    assert status == 200
    assert "<h1>Connected</h1>" in body
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "<script" not in body


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("error=access_denied&state=s", "The request was declined"),
        ("code=c&state=wrong", "could not be used"),
        ("error=<script>alert(1)</script>&error_description=<b>call+555</b>", "could not be used"),
    ],
)
def test_the_page_says_what_happened_and_repeats_nothing(loopback, browser, query, said):
    page = browser.open(f"/callback?{query}")
    loopback.wait(10)
    loopback.respond(False)
    status, _, body = page.result()
    assert status == 400
    assert said in body
    assert "<h1>Not connected</h1>" in body
    assert "alert" not in body
    assert "555" not in body


def test_a_text_of_the_programs_own_is_escaped(loopback, browser):
    page = browser.open("/callback?code=c")
    loopback.wait(10)
    loopback.respond(True, "Connected as <Ann> & Co.\x1b\n")
    assert "Connected as &lt;Ann&gt; &amp; Co.</p>" in page.result()[2]


def test_leaving_without_a_verdict_shows_that_it_failed():
    with Loopback() as loopback:
        browser = Browser(loopback)
        page = browser.open("/callback?code=c")
        loopback.wait(10)
    assert page.result()[0] == 400
    browser.close()


def test_what_is_no_answer_gets_404_and_the_wait_goes_on(loopback, browser):
    answers = [
        browser.open("/favicon.ico"),
        browser.open("/callback"),
        browser.open("/other?code=c"),
        browser.open("/callback?code=c", method="POST"),
        browser.open("/callback?code=c", method="HEAD"),
        browser.open("/callback?code=c", Host=f"evil.example:{loopback.port}"),
    ]
    waiting = browser.pool.submit(loopback.wait, 10)
    statuses = [answer.result()[0] for answer in answers]
    assert statuses == [404, 404, 404, 405, 405, 404]
    browser.open("/callback?code=real")
    assert waiting.result().endswith("code=real")


def test_idle_and_slow_connections_hold_nobody_up(loopback, browser):
    for _ in range(5):
        browser.raw()
    browser.raw(b"GET /callback?code=slow HTTP/1.1\r\nHost: ")
    gone = browser.raw(b"GET /")
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    gone.close()
    page = browser.open("/callback?code=quick")
    assert loopback.wait(10).endswith("code=quick")
    loopback.respond(True)
    assert page.result()[0] == 200


def test_a_request_in_pieces_is_one_request(loopback, browser):
    sock = browser.raw(b"GET /callback?co")
    waiting = browser.pool.submit(loopback.wait, 10)
    for piece in (b"de=c HTTP/1.1\r\nHo", f"st: localhost:{loopback.port}\r".encode(), b"\n\r\n"):
        sock.sendall(piece)
    assert waiting.result().endswith("/callback?code=c")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"GET /callback?code=c\r\n\r\n",
        b"GET /callback?code=c HTTP/1.1\r\n\r\n",
        b"GET http://x/callback?code=c HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /callback?code=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /callback?code=c HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /callback?code=" + b"c" * 40_000,
    ],
)
def test_garbage_gets_400(loopback, browser, garbage):
    sock = browser.raw(garbage)
    waiting = browser.pool.submit(loopback.wait, 10)
    assert sock.recv(65_536).startswith(b"HTTP/1.1 400 ")
    browser.open("/callback?code=real")
    assert waiting.result().endswith("code=real")


def test_who_says_nothing_is_dropped(loopback, browser, monkeypatch):
    monkeypatch.setattr(visitors, "_PATIENCE_S", 0.05)
    idle = browser.raw()
    waiting = browser.pool.submit(loopback.wait, 10)
    assert idle.recv(1) == b""
    browser.open("/callback?code=c")
    waiting.result()


def test_nobody_came(loopback):
    with pytest.raises(DeadlineError, match="no answer came back from the browser"):
        loopback.wait(0.05)


def test_after_one_answer_the_port_is_free(loopback, browser):
    browser.open("/callback?code=c")
    loopback.wait(10)
    with pytest.raises(ConnectionRefusedError):
        browser.raw()


def test_a_port_path_and_name_of_the_vendors_choice(loopback):
    with Loopback() as free:
        port = free.port
    with Loopback(port=port, path="/oauth/done", hostname="localhost") as fixed:
        assert fixed.redirect_url == f"http://localhost:{port}/oauth/done"
        browser = Browser(fixed)
        browser.open("/oauth/done?code=c")
        assert fixed.wait(10) == f"http://localhost:{port}/oauth/done?code=c"
        fixed.respond(True)
        browser.close()


def test_a_port_that_is_taken_says_what_to_do(loopback):
    with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1:{loopback.port}"):
        Loopback(port=loopback.port)


def test_nobody_on_another_address_is_heard(loopback):
    assert loopback._listener.getsockname()[0] == "127.0.0.1"
