"""Answers that are not HTTP, or not what they say: a status that was read stands, the rest is one error."""

from __future__ import annotations

import gzip
import zlib

import pytest

from portcall.errors import (
    DeadlineError,
    DisconnectedError,
    MalformedResponseError,
    Sent,
    TooLargeError,
    TransportError,
)

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = HEAD + b"Content-Encoding: gzip\r\n"


def gzipped(data: bytes) -> bytes:
    packed = gzip.compress(data)
    return GZIP + b"Content-Length: %d\r\n\r\n" % len(packed) + packed


HEADS: dict[str, tuple[bytes, type[TransportError], int | None]] = {
    "nothing": (b"", DisconnectedError, None),
    "half a status line": (b"HTTP/1.1 2", DisconnectedError, None),
    "a status line without end": (b"HTTP/1.1 200 OK", DisconnectedError, None),
    "half a head": (HEAD + b"A: b\r\n", DisconnectedError, 200),
    "half a head of a refusal": (b"HTTP/1.1 503 No\nA: b", DisconnectedError, 503),
    "not http": (b"220 smtp.example.com ESMTP\r\n\r\n", MalformedResponseError, None),
    "http 0.9": (b"<html>\r\n\r\n", MalformedResponseError, None),
    "http 2": (b"HTTP/2 200\r\n\r\n", MalformedResponseError, None),
    "status of two digits": (b"HTTP/1.1 20 OK\r\n\r\n", MalformedResponseError, None),
    "status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", MalformedResponseError, None),
    "status 0": (b"HTTP/1.1 000 OK\r\n\r\n", MalformedResponseError, None),
    "status in words": (b"HTTP/1.1 two OK\r\n\r\n", MalformedResponseError, None),
    "status with a sign": (b"HTTP/1.1 +20 OK\r\n\r\n", MalformedResponseError, None),
    "space before the first field": (HEAD + b" A: b\r\n\r\n", MalformedResponseError, 200),
    "space before the colon": (HEAD + b"A : 2\r\n\r\nok", MalformedResponseError, 200),
    "no colon": (HEAD + b"Content-Length 2\r\n\r\nok", MalformedResponseError, 200),
    "empty field name": (HEAD + b": x\r\n\r\n", MalformedResponseError, 200),
    "field name no token": (HEAD + b"A(b): x\r\n\r\n", MalformedResponseError, 200),
    "null in a field": (HEAD + b"A: b\0c\r\n\r\n", MalformedResponseError, 200),
    "bare CR in a field": (HEAD + b"A: b\rSet-Cookie: c\r\n\r\n", MalformedResponseError, 200),
    "101 switching": (b"HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\n", MalformedResponseError, None),
    "1xx at the end": (b"HTTP/1.1 103 Early Hints\r\n\r\n", DisconnectedError, None),
    "1xx without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 40, MalformedResponseError, None),
    "100 fields too many": (HEAD + b"A: b\r\n" * 101 + b"\r\n", TooLargeError, 200),
    "a cookie of 70 KB": (HEAD + b"Set-Cookie: " + b"b" * 70_000 + b"\r\n\r\n", TooLargeError, 200),
    "head without end": (HEAD + b"A: b\r\n" * 20_000, TooLargeError, 200),
    "status line without end": (b"H" * 100_000, TooLargeError, None),
}
"""Answers without a head that can be read; the kind of error, and the status that it carries."""

BODIES: dict[str, tuple[bytes, type[TransportError]]] = {
    "length with a sign": (HEAD + b"Content-Length: +2\r\n\r\nok", MalformedResponseError),
    "length below zero": (HEAD + b"Content-Length: -2\r\n\r\nok", MalformedResponseError),
    "length in hex": (HEAD + b"Content-Length: 0x2\r\n\r\nok", MalformedResponseError),
    "length with underscore": (HEAD + b"Content-Length: 1_0\r\n\r\nok", MalformedResponseError),
    "length empty": (HEAD + b"Content-Length:\r\n\r\nok", MalformedResponseError),
    "length of 30 digits": (
        HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
        MalformedResponseError,
    ),
    "length of 5000 digits": (
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        MalformedResponseError,
    ),
    "two lengths": (
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        MalformedResponseError,
    ),
    "length list": (HEAD + b"Content-Length: 2, 3\r\n\r\nok", MalformedResponseError),
    "length too long": (HEAD + b"Content-Length: 500\r\n\r\nok", DisconnectedError),
    "length above the cap": (HEAD + b"Content-Length: 99999999999\r\n\r\nok", TooLargeError),
    "length and chunks": (
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        MalformedResponseError,
    ),
    "chunks in HTTP/1.0": (
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        MalformedResponseError,
    ),
    "unknown transfer coding": (
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        MalformedResponseError,
    ),
    "chunked twice": (
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        MalformedResponseError,
    ),
    "chunk size with a sign": (CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk size with 0x": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk size with underscore": (CHUNKED + b"1_0\r\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk size with space": (CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk size empty": (CHUNKED + b"\r\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk size in words": (CHUNKED + b"five\r\nhello\r\n", MalformedResponseError),
    "chunk size below zero": (CHUNKED + b"-1\r\nhello\r\n", MalformedResponseError),
    "chunk size of 16 digits": (CHUNKED + b"f" * 16 + b"\r\nhello\r\n", MalformedResponseError),
    "chunk size huge": (CHUNKED + b"fffffffffffffff\r\nhello\r\n", TooLargeError),
    "chunk longer than it says": (CHUNKED + b"2\r\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk longer by a CR": (CHUNKED + b"5\r\nhello\rx0\r\n\r\n", MalformedResponseError),
    "chunk cut off": (CHUNKED + b"5\r\nhel", DisconnectedError),
    "chunk without its end": (CHUNKED + b"5\r\nhello\r", DisconnectedError),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", DisconnectedError),
    "no end of trailers": (CHUNKED + b"0\r\nA: b\r\n", DisconnectedError),
    "trailer no field": (CHUNKED + b"0\r\nno field\r\n\r\n", MalformedResponseError),
    "trailer flood": (CHUNKED + b"0\r\n" + b"A: b\r\n" * 200 + b"\r\n", TooLargeError),
    "chunk extension flood": (CHUNKED + b"5;" + b"a" * 9000 + b"\r\nhello\r\n", TooLargeError),
    "gzip that is none": (GZIP + b"Content-Length: 5\r\n\r\nhello", MalformedResponseError),
    "gzip cut off": (
        GZIP + b"Content-Length: 12\r\n\r\n" + gzip.compress(b"hello")[:12],
        MalformedResponseError,
    ),
    "gzip with junk behind": (
        GZIP
        + b"Content-Length: %d\r\n\r\n" % (len(gzip.compress(b"hello")) + 4)
        + gzip.compress(b"hello")
        + b"junk",
        MalformedResponseError,
    ),
    "gzip with a wrong checksum": (
        gzipped(b"hello")[:-8] + b"\0" * 8,
        MalformedResponseError,
    ),
    "encoded twice": (
        HEAD + b"Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n\r\nok",
        TooLargeError,
    ),
    "encoded twice in two fields": (
        GZIP + b"Content-Encoding: deflate\r\nContent-Length: 2\r\n\r\nok",
        TooLargeError,
    ),
}
"""Answers with a head, and a body that cannot be read; the kind of error."""


def once(answer, serve, peers):
    """Serve *answer* to the first connection, then end it; the others are served well."""

    def handle(connection):
        connection.request()
        if connection.number > 1:
            connection.send(peers.OK)
        else:
            connection.send(answer)
            connection.sock.shutdown(1)
        connection.wait_until_gone()

    return serve(handle)


def check_error(error, peer):
    assert error.sent is Sent.MAYBE
    assert f"127.0.0.1:{peer.port}" in str(error)
    assert "secret" not in str(error)
    assert error.__context__ is None


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_cannot_be_read_is_one_named_error(name, serve, caller, peers):
    answer, kind, status = HEADS[name]
    peer = once(answer, serve, peers)
    with pytest.raises(TransportError) as caught:
        caller.send(peer.url("/secret-path?secret=query"), "POST", body=b"{}")
    assert type(caught.value) is kind
    assert caught.value.status == status
    check_error(caught.value, peer)
    assert caller.send(peer.url()).body == b"ok"


@pytest.mark.parametrize("status", [b"200", b"503"])
@pytest.mark.parametrize("name", BODIES)
def test_an_answer_stands_though_its_body_cannot_be_read(name, status, serve, caller, peers):
    answer, kind = BODIES[name]
    peer = once(answer.replace(b" 200 ", b" %s " % status), serve, peers)
    response = caller.send(peer.url("/secret-path?secret=query"), "POST", body=b"{}")
    assert response.status == int(status)
    for look in (lambda: response.body, lambda: response.text, response.json):
        with pytest.raises(TransportError) as caught:
            look()
        assert type(caught.value) is kind
        assert caught.value.status == int(status)
        check_error(caught.value, peer)
    assert response.unreadable.__traceback__ is None
    assert caller.send(peer.url()).body == b"ok"
    assert peer.accepted == 2


@pytest.mark.parametrize("end", ["late", "reset"])
def test_an_answer_stands_though_its_body_never_ends(end, serve, caller, peers):
    def handle(connection):
        connection.request()
        connection.send(HEAD + b"Content-Length: 5\r\n\r\nhel")
        if end == "reset":
            connection.reset()
        else:
            connection.wait_until_gone()

    response = caller.send(serve(handle).url(), "POST", body=b"{}", timeout_s=0.3)
    assert response.status == 200
    with pytest.raises(DeadlineError if end == "late" else DisconnectedError) as caught:
        _ = response.body
    assert (caught.value.sent, caught.value.status) == (Sent.MAYBE, 200)


LF = HEAD.replace(b"\r\n", b"\n")
GOOD: dict[str, tuple[bytes, bytes]] = {
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "null in the reason": (b"HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "folded trailer": (CHUNKED + b"2\r\nok\r\n0\r\nX-Sum: 1\r\n 2\r\n\r\n", b"ok"),
    "no fields": (HEAD + b"\r\nok", b"ok"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", b"ok"),
    "same length twice": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "no body": (HEAD + b"Content-Length: 0\r\n\r\n", b""),
    "chunks": (CHUNKED + b"2\r\nok\r\n00\r\n\r\n", b"ok"),
    "chunks with extension and trailer": (
        CHUNKED + b'2;a="b"\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
        b"ok",
    ),
    "interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + HEAD
        + b"Content-Length: 2\r\n\r\nok",
        b"ok",
    ),
    "gzip": (gzipped(b"hello"), b"hello"),
    "gzip of nothing": (gzipped(b""), b""),
    "gzip of no bytes": (GZIP + b"Content-Length: 0\r\n\r\n", b""),
    "gzip in two members": (
        GZIP + b"\r\n" + gzip.compress(b"hel") + gzip.compress(b"lo"),
        b"hello",
    ),
    "gzip that fills a step": (gzipped(b"a" * 262_144), b"a" * 262_144),
    "gzip of two steps and a bit": (gzipped(b"a" * 524_289), b"a" * 524_289),
    "deflate": (HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"hello"), b"hello"),
    "deflate without wrapper": (
        HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"hello")[2:-4],
        b"hello",
    ),
    "folded field": (HEAD + b"A: b\r\n c\r\nContent-Length:\r\n\t2\r\n\r\nok", b"ok"),
    "http 1.2": (b"HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "lines that end in LF": (LF + b"Content-Length: 2\n\nok", b"ok"),
    "only the last line ends in LF": (HEAD + b"Content-Length: 2\r\n\nok", b"ok"),
    "only the last line ends in CR LF": (LF + b"Content-Length: 2\n\r\nok", b"ok"),
    "only the status line ends in LF": (LF + b"Content-Length: 2\r\n\r\nok", b"ok"),
    "LF and no fields": (LF + b"\nok", b"ok"),
    "LF within interim answers": (
        b"HTTP/1.1 100 Continue\n\n" + LF + b"Content-Length: 2\n\nok",
        b"ok",
    ),
    "chunks that end in LF": (
        LF + b"Transfer-Encoding: chunked\n\n2\nok\n0\nA: b\n\n",
        b"ok",
    ),
    "chunk sizes with blanks behind": (CHUNKED + b"2  \r\nok\r\n0 \t\r\n\r\n", b"ok"),
    "encodings that are none": (
        HEAD + b"Content-Encoding: UTF-8, none\r\nContent-Encoding: aws-chunked\r\n\r\nok",
        b"ok",
    ),
    "an encoding that was not asked for": (HEAD + b"Content-Encoding: br\r\n\r\nok", b"ok"),
    "gzip over an encoding that is none": (
        HEAD + b"Content-Encoding: UTF-8, gzip\r\n\r\n" + gzip.compress(b"hello"),
        b"hello",
    ),
    "identity": (HEAD + b"Content-Encoding: identity\r\n\r\nok", b"ok"),
}


@pytest.mark.parametrize("piecewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("name", GOOD)
def test_a_good_answer_is_read(name, piecewise, serve, caller):
    answer, body = GOOD[name]

    def handle(connection):
        connection.request()
        if piecewise and len(answer) < 1000:
            for byte in answer:
                connection.send(bytes([byte]))
        else:
            connection.send(answer)

    response = caller.send(serve(handle).url())
    assert (response.status, response.body) == (200, body)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
)
def test_answers_without_body_keep_the_connection(method, answer, serve, caller, peers):
    peer = serve(peers.answering(answer))
    for _ in range(3):
        assert caller.send(peer.url(), method).body == b""
    assert peer.accepted == 1


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("POST", b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"),
        ("POST", b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n"),
        ("POST", b"HTTP/1.1 204 No Content\r\nContent-Length: 2, 3\r\n\r\n"),
        ("POST", b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("POST", b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("POST", b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"),
        ("POST", b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\nok"),
        ("POST", b"HTTP/1.1 204 No Content\n\nok"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\n\r\nok"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    ],
)
def test_what_has_no_body_ends_at_the_empty_line(method, answer, serve, caller, peers):
    peer = once(answer, serve, peers)
    response = caller.send(peer.url(), method, body=b"{}")
    assert (response.status, response.body) == (int(answer[9:12]), b"")
    assert caller.send(peer.url()).body == b"ok"
    assert peer.accepted == 2  # a body may still have been on its way


def test_chunk_lines_that_end_in_lf_are_the_last_of_a_connection(serve, caller, peers):
    peer = serve(peers.answering(CHUNKED + b"2\nok\r\n0\r\n\r\n"))
    assert [caller.send(peer.url()).body for _ in range(3)] == [b"ok"] * 3
    assert peer.accepted == 3


@pytest.mark.parametrize(
    "answer", [b"\n\n", b"\r\n\r\n", b"A\n\n", b"\n\r\n", b"\r\n" + LF + b"\n"]
)
def test_what_is_no_head_is_refused_at_once(answer, serve, callers):
    def handle(connection):
        connection.request()
        connection.send(answer)
        connection.wait_until_gone()

    with pytest.raises(MalformedResponseError, match="status line"):
        callers().send(serve(handle).url(), timeout_s=60.0)


def test_a_head_with_lf_alone_keeps_the_connection(serve, caller, peers):
    peer = serve(peers.answering(LF + b"Content-Length: 2\n\nok"))
    assert [caller.send(peer.url()).body for _ in range(3)] == [b"ok"] * 3
    assert peer.accepted == 1


def test_json_takes_a_byte_order_mark(serve, caller, peers):
    peer = serve(peers.answering(HEAD + b'Content-Length: 11\r\n\r\n\xef\xbb\xbf{"a": 1}'))
    assert caller.send(peer.url()).json() == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HEAD + b"Content-Length: 0\r\n\r\n", "answered 200 with an empty body"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "answered 204 with an empty body"),
        (HEAD + b"Content-Length: 2\r\n\r\n\r\n", "answered 200 with an empty body"),
        (
            HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n\x8b\0",
            r"no content type and a body that is not JSON \(Content-Encoding: br\)",
        ),
    ],
)
def test_a_body_that_is_no_json_says_what_it_is_and_the_status(answer, words, serve, caller, peers):
    response = caller.send(serve(peers.answering(answer)).url(), "POST", body=b"{}")
    with pytest.raises(MalformedResponseError, match=words) as caught:
        response.json()
    assert (caught.value.status, caught.value.sent) == (response.status, Sent.MAYBE)


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 422, 429, 500, 503, 599, 999])
def test_every_final_status_is_an_answer(status, serve, caller, peers):
    peer = serve(peers.answering(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok" % status))
    assert caller.send(peer.url()).status == status


def test_bytes_behind_an_answer_are_not_the_next_one(serve, caller):
    def handle(connection):
        while connection.request():
            connection.send(
                HEAD + b"Content-Length: 2\r\n\r\nok" + HEAD + b"Content-Length: 4\r\n\r\nevil"
            )

    peer = serve(handle)
    assert [caller.send(peer.url()).body for _ in range(3)] == [b"ok"] * 3
    assert peer.accepted == 3


@pytest.mark.parametrize(
    ("fields", "connections"),
    [(b"", 1), (b"Connection: close\r\n", 3), (b"Connection: x, Close\r\n", 3)],
)
def test_the_answer_says_whether_the_connection_stays(fields, connections, serve, caller, peers):
    peer = serve(peers.answering(HEAD + fields + b"Content-Length: 2\r\n\r\nok"))
    for _ in range(3):
        caller.send(peer.url())
    assert peer.accepted == connections


def test_headers_keep_order_and_repetition(serve, caller, peers):
    peer = serve(
        peers.answering(
            HEAD + b"Set-Cookie: a=1\r\nX-Y:  z \t\r\nset-cookie: b=2\r\n\r\n", then_close=True
        )
    )
    headers = caller.send(peer.url()).headers
    assert headers.get_all("Set-Cookie") == ("a=1", "b=2")
    assert headers["x-y"] == "z"


def test_control_characters_of_a_field_are_not_handed_on(serve, caller, peers):
    peer = serve(peers.answering(HEAD + b"X: a\x1b[2Jb\x07\tc\xe9\r\nContent-Length: 0\r\n\r\n"))
    assert caller.send(peer.url()).headers["x"] == "a?[2Jb?\tc\xe9"


@pytest.mark.parametrize("value", [b"\x0b2", b"2\x07", b"\x7f2"])
def test_control_characters_make_no_length(value, serve, caller, peers):
    peer = serve(peers.answering(HEAD + b"Content-Length: " + value + b"\r\n\r\nok"))
    with pytest.raises(MalformedResponseError, match="Content-Length"):
        caller.read(peer.url())


def test_the_answer_knows_where_it_came_from_without_query(serve, caller, peers):
    peer = serve(peers.answering(peers.OK))
    assert caller.send(peer.url("/a?token=b")).url == peer.url("/a")
