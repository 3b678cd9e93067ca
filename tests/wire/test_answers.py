"""Answers that are not HTTP, or not what they say: one named error, and the next request is fine."""

from __future__ import annotations

import gzip
import re
import zlib

import pytest

from portcall.errors import (
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


BROKEN: dict[str, tuple[bytes, type[TransportError]]] = {
    "nothing": (b"", DisconnectedError),
    "half a status line": (b"HTTP/1.1 2", DisconnectedError),
    "half a head": (HEAD + b"A: b\r\n", DisconnectedError),
    "not http": (b"220 smtp.example.com ESMTP\r\n\r\n", MalformedResponseError),
    "http 0.9": (b"<html>\r\n\r\n", MalformedResponseError),
    "http 2": (b"HTTP/2 200\r\n\r\n", MalformedResponseError),
    "http 1.2": (b"HTTP/1.2 200 OK\r\n\r\n", MalformedResponseError),
    "status of two digits": (b"HTTP/1.1 20 OK\r\n\r\n", MalformedResponseError),
    "status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", MalformedResponseError),
    "status 0": (b"HTTP/1.1 000 OK\r\n\r\n", MalformedResponseError),
    "status in words": (b"HTTP/1.1 two OK\r\n\r\n", MalformedResponseError),
    "status with a sign": (b"HTTP/1.1 +20 OK\r\n\r\n", MalformedResponseError),
    "null in the reason": (b"HTTP/1.1 200 O\0K\r\n\r\n", MalformedResponseError),
    "folded field": (HEAD + b"A: b\r\n c\r\n\r\n", MalformedResponseError),
    "space before the colon": (HEAD + b"Content-Length : 2\r\n\r\nok", MalformedResponseError),
    "no colon": (HEAD + b"Content-Length 2\r\n\r\nok", MalformedResponseError),
    "empty field name": (HEAD + b": x\r\n\r\n", MalformedResponseError),
    "field name no token": (HEAD + b"A(b): x\r\n\r\n", MalformedResponseError),
    "null in a field": (HEAD + b"A: b\0c\r\n\r\n", MalformedResponseError),
    "bare CR in a field": (HEAD + b"A: b\rSet-Cookie: c\r\n\r\n", MalformedResponseError),
    "bare LF in a field": (HEAD + b"A: b\nSet-Cookie: c\r\n\r\n", MalformedResponseError),
    "101 switching": (b"HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\n", MalformedResponseError),
    "1xx at the end": (b"HTTP/1.1 103 Early Hints\r\n\r\n", DisconnectedError),
    "1xx without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 40, MalformedResponseError),
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
    "chunk ends in LF": (CHUNKED + b"5\r\nhello\n0\r\n\r\n", MalformedResponseError),
    "chunk line ends in LF": (CHUNKED + b"5\nhello\r\n0\r\n\r\n", MalformedResponseError),
    "chunk cut off": (CHUNKED + b"5\r\nhel", DisconnectedError),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", DisconnectedError),
    "no end of trailers": (CHUNKED + b"0\r\nA: b\r\n", DisconnectedError),
    "trailer no field": (CHUNKED + b"0\r\nno field\r\n\r\n", MalformedResponseError),
    "trailer flood": (CHUNKED + b"0\r\n" + b"A: b\r\n" * 200 + b"\r\n", TooLargeError),
    "chunk extension flood": (CHUNKED + b"5;" + b"a" * 9000 + b"\r\nhello\r\n", TooLargeError),
    "204 with a length": (
        b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok",
        MalformedResponseError,
    ),
    "204 with chunks": (
        b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        MalformedResponseError,
    ),
    "204 with bytes": (b"HTTP/1.1 204 No\r\n\r\nok", MalformedResponseError),
    "304 with bytes": (b"HTTP/1.1 304 No\r\n\r\nok", MalformedResponseError),
    "100 fields too many": (HEAD + b"A: b\r\n" * 101 + b"\r\n", TooLargeError),
    "one field too long": (HEAD + b"A: " + b"b" * 70_000 + b"\r\n\r\n", TooLargeError),
    "head without end": (HEAD + b"A: b\r\n" * 20_000, TooLargeError),
    "status line without end": (b"H" * 100_000, TooLargeError),
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
    "an encoding not asked for": (
        HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
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


def has_status(answer):
    """Tell whether the answer starts with the whole status line of a final answer."""
    line = answer.partition(b"\r\n")
    return bool(line[1]) and re.fullmatch(rb"HTTP/1\.[01] [2-9]\d\d( .*)?", line[0]) is not None


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_one_named_error(name, serve, caller, peers):
    answer, kind = BROKEN[name]

    def handle(connection):
        connection.request()
        if connection.number > 1:
            connection.send(peers.OK)
        else:
            connection.send(answer)
            connection.sock.shutdown(1)
        connection.wait_until_gone()

    peer = serve(handle)
    with pytest.raises(TransportError) as caught:
        caller.send(peer.url("/secret-path?secret=query"), "POST", body=b"{}")
    assert type(caught.value) is kind
    assert caught.value.sent is Sent.MAYBE
    assert caught.value.status == (int(answer[9:12]) if has_status(answer) else None)
    assert f"127.0.0.1:{peer.port}" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None
    assert caller.send(peer.url()).body == b"ok"


GOOD: dict[str, tuple[bytes, bytes]] = {
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok"),
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


def test_the_answer_knows_where_it_came_from_without_query(serve, caller, peers):
    peer = serve(peers.answering(peers.OK))
    assert caller.send(peer.url("/a?token=b")).url == peer.url("/a")
