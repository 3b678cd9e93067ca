"""What goes out: built field by field; what HTTP cannot carry is refused by name."""

from __future__ import annotations

import traceback
from types import SimpleNamespace

import pytest

from portcall import Host, RequestOptions, hookimpl
from portcall.errors import PolicyError, RequestError, Sent, SettingsError
from portcall.model.http_request import Request
from portcall.secret import Secret


@pytest.fixture
def echo(serve, peers):
    return serve(peers.answering(peers.OK))


def sent(echo):
    head, _, body = echo.requests[-1].partition(b"\r\n\r\n")
    start, *fields = head.decode("latin-1").split("\r\n")
    return start, dict(field.split(": ", 1) for field in fields), body


def test_a_request_as_it_goes_out(echo, caller):
    caller.send(
        echo.url("/a%20b/c?d=e&f=%C3%A4"),
        "POST",
        {"content-type": "application/json", "x-api-key": Secret("s3cret")},
        b"{}",
    )
    start, fields, body = sent(echo)
    assert start == "POST /a%20b/c?d=e&f=%C3%A4 HTTP/1.1"
    assert fields.pop("User-Agent").startswith("portcall/")
    assert fields == {
        "Host": f"127.0.0.1:{echo.port}",
        "Content-Type": "application/json",
        "X-Api-Key": "s3cret",
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Content-Length": "2",
    }
    assert body == b"{}"


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", None, None),
        ("GET", b"x", "1"),
        ("POST", None, "0"),
        ("PUT", b"", "0"),
        ("DELETE", None, None),
    ],
)
def test_the_length_is_always_said_where_a_body_is_meant(method, body, length, echo, caller):
    caller.send(echo.url(), method, body=body)
    assert sent(echo)[1].get("Content-Length") == length


def test_the_caller_may_name_accept_and_agent(echo, caller):
    caller.send(
        echo.url(), headers={"Accept": "a/b", "user-agent": "me", "accept-encoding": "identity"}
    )
    fields = sent(echo)[1]
    assert (fields["Accept"], fields["User-Agent"], fields["Accept-Encoding"]) == (
        "a/b",
        "me",
        "identity",
    )


@pytest.mark.parametrize("value", ["a b", "ü", "", "a\tb", '{"a": "b"}', "x" * 10_000])
def test_values_http_can_carry(value, echo, caller):
    caller.send(echo.url(), headers={"x-a": value})
    assert sent(echo)[1]["X-A"] == value


def test_blanks_around_a_value_are_no_part_of_it(echo, caller):
    caller.send(echo.url(), headers={"x-a": " \tb c "})
    assert sent(echo)[1]["X-A"] == "b c"


EVIL = [
    "a\nb",
    "a\r\nX-Evil: 1",
    "a\0b",
    "a\x7fb",
    "a\x0bb",
    "a\r\n b",
    "→",
    "a\u2028b",
    "a\x85b",
    "\ud800",
    "a\n",
]


@pytest.mark.parametrize("value", EVIL)
@pytest.mark.parametrize("wrap", [str, Secret])
def test_values_http_cannot_carry(value, wrap, echo, caller):
    value = f"kept-secret{value}kept-secret"
    with pytest.raises(RequestError, match="x-api-key") as caught:
        caller.send(echo.url(), headers={"x-ok": "1", "x-api-key": wrap(value)})
    assert caught.value.sent is Sent.NO
    assert echo.accepted == 0
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in shown.stack if "portcall" in frame.filename]
    assert ours
    assert "kept-secret" not in str(caught.value) + str([frame.locals for frame in ours])


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "ä", "a\0", "x(y)"])
def test_names_http_cannot_carry(name, echo, caller):
    with pytest.raises(RequestError, match="header name"):
        caller.send(echo.url(), headers={name: "kept-secret"})
    assert echo.accepted == 0


@pytest.mark.parametrize(
    "name",
    [
        "Content-Length",
        "transfer-encoding",
        "host",
        "connection",
        "TE",
        "upgrade",
        "trailer",
        "keep-alive",
    ],
)
def test_fields_that_are_the_transports_own(name, echo, caller):
    with pytest.raises(RequestError, match=f"{name.lower()!r} is written by the transport"):
        caller.send(echo.url(), "POST", {name: "7"}, b"{}")


def test_fields_that_say_what_the_transport_says(echo, caller):
    headers = {"host": f"127.0.0.1:{echo.port}", "content-length": "2", "connection": "Keep-Alive"}
    caller.send(echo.url(), "POST", headers, b"{}")
    assert echo.requests[-1].lower().count(b"content-length") == 1


@pytest.mark.parametrize("value", [None, 7, b"bytes", ["a"]])
def test_values_that_are_no_text(value, echo, caller):
    with pytest.raises(RequestError, match="'x-a'"):
        caller.send(echo.url(), headers={"x-a": value})


@pytest.mark.parametrize("method", ["", "GET /", "G\r\nT", "CONNECT", "GÉT"])
def test_methods_that_are_none(method, echo, caller):
    with pytest.raises(RequestError, match="method"):
        caller.send(echo.url(), method)
    assert echo.accepted == 0


@pytest.mark.parametrize("start", [b"Content-Length: 500\r\n\r\n", b"X: "])
def test_no_frame_of_ours_shows_what_was_sent_or_came_back(start, serve, caller):
    def handle(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n" + start + b"kept-secret")

    peer = serve(handle)
    with pytest.raises(Exception, match="ended") as caught:
        caller.read(peer.url("/kept-secret"), "POST", {"x": Secret("kept-secret")}, b"kept-secret")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame.locals for frame in shown.stack if "/portcall/" in frame.filename]
    assert ours
    assert "kept-secret" not in str(ours)


def test_what_no_policy_allowed_is_not_sent(caller, echo):
    with pytest.raises(PolicyError, match="no policy"):
        caller.transport.send_request(Request(method="GET", url=echo.url()))


def test_proxies_of_the_environment_are_not_asked(echo, caller, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert caller.send(echo.url()).status == 200


def test_a_netrc_is_not_read(echo, caller, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    caller.send(echo.url())
    assert "Authorization" not in sent(echo)[1]


HALF = "kept-secret\ud800"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"query": {"q": "1", "place": HALF}}, "query parameter 'place'"),
        ({"query": {"place": ["1", Secret(HALF)]}}, "query parameter 'place'"),
        ({"query": {"b\udce9": "kept-secret"}}, r"query parameter 'b\\udce9'"),
        ({"form": {"f": None, "place": HALF}}, "form field 'place'"),
        ({"form": {"place": Secret(HALF)}}, "form field 'place'"),
        ({"body": HALF}, "the body"),
    ],
)
def test_half_of_a_character_is_refused_by_the_name_of_its_place(options, named, echo):
    acme = SimpleNamespace(allowed_hosts=hookimpl(lambda: [f"127.0.0.1:{echo.port}"]))
    with Host(plugins={"acme": acme}, allow_private=["127.0.0.1"]) as host:
        client = host.destination("acme").connect({}).client
        with pytest.raises(RequestError, match=f"{named} holds half of a character") as caught:
            client.post(echo.url(), **options)
    assert caught.value.__context__ is None
    assert "kept-secret" not in str(caught.value)
    assert echo.accepted == 0


@pytest.mark.parametrize(("user", "word"), [(HALF, "pw"), ("ann", HALF), ("ann", Secret(HALF))])
def test_a_basic_pair_with_half_of_a_character_is_refused_without_its_value(user, word, echo):
    acme = SimpleNamespace(
        allowed_hosts=hookimpl(lambda: [f"127.0.0.1:{echo.port}"]),
        extend_request=hookimpl(lambda: RequestOptions(username=user, password=word)),
    )
    with Host(plugins={"acme": acme}, allow_private=["127.0.0.1"]) as host:
        client = host.destination("acme").connect({}).client
        with pytest.raises(
            SettingsError, match=r"half of a character \(a lone surrogate\)"
        ) as caught:
            client.get(echo.url())
    assert "kept-secret" not in str(caught.value)
    assert echo.accepted == 0
