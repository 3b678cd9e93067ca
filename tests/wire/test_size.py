"""Caps: memory stays flat whatever comes."""

from __future__ import annotations

import gzip
import re
import zlib
from functools import cache
from pathlib import Path

import pytest

from portcall.errors import TooLargeError, TransportError

MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE = bytes(65_536)


@pytest.fixture
def peak_growth():
    """Return a function that tells by how many bytes the process has grown at most since now."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not clear.exists():
        pytest.skip("needs Linux")
    clear.write_text("5")

    def now(key):
        return int(re.search(rf"{key}:\s+(\d+)", status.read_text())[1]) * 1024

    before = now("VmRSS")
    return lambda: now("VmHWM") - before


def forever(start, piece):
    def handle(connection):
        connection.request()
        if connection.number > 1:
            connection.send(HEAD + b"Content-Length: 2\r\n\r\nok")
            connection.wait_until_gone()
        connection.send(start)
        while True:
            connection.send(piece)

    return handle


@cache
def bomb(layers):
    """256 MiB of zeros, packed *layers* times; the innermost in pieces, so that nothing grows."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(256)) + packer.flush()
    for _ in range(layers - 1):
        packed = gzip.compress(packed, 9)
    return packed


MEMBERS = gzip.compress(b"") * 3000
DEFLATE = zlib.compressobj(0, zlib.DEFLATED, -15)
EMPTY_BLOCKS = (DEFLATE.compress(b"") + DEFLATE.flush(zlib.Z_SYNC_FLUSH)) * 10_000
ENDLESS = {
    "body": (HEAD + b"\r\n", PIECE),
    "chunks": (CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
    "head": (HEAD, b"A: b\r\n" * 1000),
    "one field": (HEAD + b"A: ", b"b" * 65_536),
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"A: b\r\n" * 1000),
    "chunk line": (CHUNKED + b"1;", b"a" * 1000),
    "gzip members of nothing": (HEAD + b"Content-Encoding: gzip\r\n\r\n", MEMBERS),
    "deflate blocks of nothing": (HEAD + b"Content-Encoding: deflate\r\n\r\n", EMPTY_BLOCKS),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_capped(name, serve, callers, peak_growth):
    caller, peer = callers(), serve(forever(*ENDLESS[name]))
    with pytest.raises(TransportError) as caught:
        caller.read(peer.url(), timeout_s=10.0)
    expected = "MalformedResponseError" if name == "interim answers" else "TooLargeError"
    assert type(caught.value).__name__ == expected
    assert peak_growth() < 64 * MIB
    assert caller.send(peer.url()).body == b"ok"


def test_a_body_in_tiny_chunks_takes_no_more_room(serve, callers, peak_growth):
    peer = serve(forever(CHUNKED, b"2\r\nab\r\n" * 10_000))
    with pytest.raises(TooLargeError):
        callers().read(peer.url(), timeout_s=60.0, max_body_bytes=2 * MIB)
    assert peak_growth() < 20 * MIB


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("declared", [False, True])
def test_a_gzip_bomb_stays_small(layers, declared, serve, caller, peers, peak_growth):
    packed = bomb(layers)
    encoding = b", ".join([b"gzip"] * (layers if declared else 1))
    answer = HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(packed))
    peer = serve(peers.answering(answer + packed))
    if declared or layers == 1:
        with pytest.raises(TooLargeError):
            caller.read(peer.url())
    else:
        assert len(caller.send(peer.url()).body) < MIB
    assert peak_growth() < 64 * MIB


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
def test_the_cap_on_a_body_is_exact(framing, packed, serve, caller):
    def handle(connection):
        while size := connection.request().partition(b" /")[2].partition(b" ")[0]:
            body = b"a" * int(size)
            encoding = b"Content-Encoding: gzip\r\n" if packed else b""
            body = gzip.compress(body) if packed else body
            if framing == "length":
                connection.send(HEAD + encoding + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            elif framing == "chunks":
                chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                connection.send(HEAD + encoding + chunks % (len(body), body))
            else:
                connection.send(HEAD + encoding + b"\r\n" + body)
                return

    peer = serve(handle)
    assert len(caller.send(peer.url("/1000"), max_body_bytes=1000).body) == 1000
    with pytest.raises(TooLargeError, match="more than 1000 bytes"):
        caller.read(peer.url("/1001"), max_body_bytes=1000)


def test_caps_of_the_head_are_configurable(serve, caller, callers, peers):
    peer = serve(peers.answering(HEAD + b"A: b\r\n" * 5 + b"Content-Length: 0\r\n\r\n"))
    assert caller.send(peer.url(), max_headers=6).status == 200
    with pytest.raises(TooLargeError, match="5 header fields"):
        caller.send(peer.url(), max_headers=5)
    with pytest.raises(TooLargeError, match="20 bytes"):
        caller.send(peer.url(), max_head_bytes=20)
