"""Cookies that a challenge sets go back with its answer."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from portcall import Request, Response, reveal
from portcall.testing import Reply
from portcall_digest.cookies import Cookies

HERE = "https://api.example.com/v1/events"


def answer(*lines):
    headers = type(Response(status=401).headers)([("Set-Cookie", line) for line in lines])
    return Response(status=401, headers=headers)


def sent(cookies, url=HERE, **headers):
    value = cookies.header(Request(method="GET", url=url, headers=headers))
    return None if value is None else reveal(value)


def after(*lines, url=HERE, cookies=None):
    return (cookies or Cookies()).after(Request(method="GET", url=url), answer(*lines))


def date(**delta):
    return format_datetime(datetime.now(UTC) + timedelta(**delta), usegmt=True)


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (["sid=1"], "sid=1"),
        (["sid=1; Path=/; HttpOnly; SameSite=Lax"], "sid=1"),
        ([' sid = "a b" ; Secure'], 'sid="a b"'),
        (["sid="], "sid="),
        (["sid=a=b"], "sid=a=b"),
        (["a=1", "b=2"], "a=1; b=2"),
        (["a=1; Path=/", "b=2; Path=/v1"], "b=2; a=1"),
        (["sid=1", "sid=2"], "sid=2"),
        (["sid=1; Max-Age=60"], "sid=1"),
        (["sid=1; Max-Age=soon"], "sid=1"),
        (["sid=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "sid=1"),
        ([f"sid=1; Expires={date(hours=1)}"], "sid=1"),
        (["sid=1; Expires=whenever"], "sid=1"),
        (["sid=1; Path=elsewhere"], "sid=1"),
        (["sid=1; Path=/v1/events"], "sid=1"),
        (["sid=1; Path=/v1/"], "sid=1"),
        (["sid=1; Path=/v2"], None),
        (["sid=1; Path=/v1/ev"], None),
        (["sid=1; Max-Age=0"], None),
        (["sid=1; Max-Age=-1"], None),
        ([f"sid=1; Expires={date(hours=-1)}"], None),
        (["sid=1", "sid=; Max-Age=0"], None),
        (["sid"], None),
        (["=1"], None),
        (["", ";", "; Path=/"], None),
        (["sid=" + "1" * 4096], None),
        ([], None),
    ],
)
def test_a_cookie_is_sent_where_its_path_age_and_secure_let_it_be(lines, header):
    """RFC 6265 §5.2, §5.4: a cookie of a challenge is sent where its path, age and `Secure` let it be."""
    assert sent(after(*lines)) == header


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.com/v1/events",
        "https://api.example.com:8443/v1/events",
        "http://api.example.com/v1/events",
    ],
)
def test_cookies_go_to_no_other_origin(url):
    """RFC 6265 §5.1.3: `Domain` widens nothing; a cookie goes back to the origin that set it."""
    cookies = after("sid=1; Domain=example.com; Path=/")
    assert sent(cookies) == "sid=1"
    assert sent(cookies, url) is None
    assert sent(after("sid=2; Path=/", url=url, cookies=cookies)) is None


def test_a_secure_cookie_does_not_go_over_plain_http():
    assert sent(after("sid=1; Secure", url="http://h/a"), "http://h/a") is None


def test_cookies_that_the_destination_sets_itself_stay():
    cookies = after("sid=1", "a=2")
    assert sent(cookies, cookie="sid=own; b=3") == "sid=own; b=3; a=2"


def test_cookies_are_replaced_and_deleted_one_by_one():
    cookies = after("a=1", "b=2", "c=3")
    assert sent(after("b=9", "c=; Max-Age=0", cookies=cookies)) == "a=1; b=9"
    assert after(cookies=cookies) is cookies


def test_cookies_are_bounded():
    cookies = after(*(f"c{number}={number}" for number in range(500)))
    assert sent(cookies).count("=") == 50


def test_no_value_of_a_cookie_is_shown():
    cookies = after("sid=s3cret-session")
    assert "s3cret" not in repr(cookies)
    assert "s3cret" not in repr(cookies.header(Request(method="GET", url=HERE)))


def test_the_retry_carries_the_cookie_of_the_challenge(peer, connect, serve):
    """RFC 6265 §3: a nonce that belongs to a cookie is answered with it, as is every later request."""
    server = serve()
    refuse, verify = server.refuse, server.verify
    jar = {}

    def refusal(request, *, stale=False):
        reply = refuse(request, stale=stale)
        session = f"session={len(jar)}"
        jar[session] = reply.headers["WWW-Authenticate"]
        return Reply(401, headers={**reply.headers, "Set-Cookie": f"{session}; Path=/; HttpOnly"})

    def verdict(request, params):
        challenge = jar.get(request.headers.get("cookie"), "")
        return verify(request, params) if f'"{params["nonce"]}"' in challenge else "other session"

    server.refuse, server.verify, server.uses = refusal, verdict, 2
    client = connect().client
    for _ in range(5):
        client.post("/api", json={})
    assert server.seen == {"none": 1, "good": 5, "stale": 2}


def test_a_session_that_the_server_renews_is_followed(peer, connect, serve):
    server = serve()
    refuse, info, verify = server.refuse, server.info, server.verify
    ids = iter(range(100))
    current = ["none yet"]

    def renewed(headers):
        current[0] = f"session={next(ids)}"
        return {**headers, "Set-Cookie": current[0]}

    server.refuse = lambda request, stale=False: Reply(
        401, headers=renewed(refuse(request, stale=stale).headers)
    )
    server.info = lambda request, params: renewed(info(request, params))
    server.verify = lambda request, params: (
        verify(request, params) if request.headers["cookie"] == current[0] else "old session"
    )
    client = connect().client
    for _ in range(3):
        client.get("/api")
    assert server.seen == {"none": 1, "good": 3}


def test_cookies_of_answers_are_not_kept_where_the_challenge_had_none(peer, connect, serve):
    server = serve()
    server.info = lambda request, params: {"Set-Cookie": "tracking=1"}
    client = connect().client
    for _ in range(3):
        client.get("/api")
    assert all("cookie" not in request.headers for request in peer.requests)
