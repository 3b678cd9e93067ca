"""The body of an answer: framed, decoded, capped (RFC 9112 §6, §7; RFC 9110 §8.4)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Protocol

from portcall.errors import TooLargeError
from portcall.wire.head import Head, fields_of
from portcall.wire.limits import Caps
from portcall.wire.reader import Reader

_LENGTH: Final = re.compile(r"([0-9]{1,18})(?:[ \t]*,[ \t]*\1)*")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_MAX_CHUNK_LINE: Final = 512
_STEP: Final = 262_144
_NO_BODY: Final = (204, 304)
_ENCODINGS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def read_body(reader: Reader, head: Head, method: str, caps: Caps) -> tuple[bytes, bool]:
    """Read the whole body.

    Args:
        reader: Stands behind the head.
        head: What the answer says of itself.
        method: Of the request: an answer to HEAD has no body.
        caps: Of decoded bytes; encoded ones may be a little more.

    Returns:
        The decoded body, and whether its end was marked by the answer itself, so that the connection
        can carry another.

    Raises:
        MalformedResponseError: Framing or encoding is not what the head says.
        TooLargeError: Above the cap, or encoded more than once.
        DisconnectedError: The connection ends before the body does.
    """
    if method == "HEAD" or head.status in _NO_BODY:
        # These end at the empty line, whatever the head announces (RFC 9112 §6.3 rule 1).
        return b"", head.status != 204 or not _announces(head)
    chunked, size = _framing(head, reader, caps)
    codings = head.fields.get("content-encoding")
    encoding = None if codings is None else _encoding(reader, codings)
    if size is not None and encoding is None:
        body = reader.at_hand(size)
        if body is not None:
            return body, not reader.lax
    if chunked:
        pieces = _chunks(reader, caps)
    elif size is None:
        pieces = reader.rest()
    else:
        pieces = reader.exactly(size)
    if encoding:
        pieces = _decoded(reader, pieces, encoding, caps)
    return _collected(reader, pieces, caps), (chunked or size is not None) and not reader.lax


def _framing(head: Head, reader: Reader, caps: Caps) -> tuple[bool, int | None]:
    """Return whether the body comes in chunks, and else its length as Content-Length has it, if it does.

    Raises:
        MalformedResponseError: Any other transfer coding, one under HTTP/1.0, or one beside a
            Content-Length: two readers would see two bodies (RFC 9112 §6.1). Or the length is not a
            number, or there are two that differ.
        TooLargeError: The length is above the cap.
    """
    fields = head.fields
    lengths = fields.get("content-length")
    if "transfer-encoding" in fields:
        codings = ",".join(fields["transfer-encoding"]).lower()
        if codings != "chunked" or head.minor == 0 or lengths is not None:
            raise reader.malformed("Transfer-Encoding is not 'chunked' alone under HTTP/1.1")
        return True, None
    if lengths is None:
        return False, None
    size = _length(lengths[0]) if len(lengths) == 1 else _length(",".join(lengths))
    if size is None:
        raise reader.malformed("Content-Length is not one number")
    if size > caps.body:
        raise body_too_large(reader, caps)
    return False, size


@lru_cache(maxsize=1024)
def _length(value: str) -> int | None:
    number = _LENGTH.fullmatch(value)
    return number and int(number[1])


def body_too_large(reader: Reader, caps: Caps) -> TooLargeError:
    """Build the error for a body above its cap."""
    return reader.too_large(f"a body of more than {caps.body} bytes")


def _announces(head: Head) -> bool:
    """Return whether the head promises a body; one that a 204 promises may still be on its way."""
    length = head.fields.get("content-length", ["0"])
    return length != ["0"] or "transfer-encoding" in head.fields


def _collected(reader: Reader, pieces: Iterable[bytes], caps: Caps) -> bytes:
    whole = bytearray()  # a list of tiny pieces could take twenty times their size
    for piece in pieces:
        whole += piece
        if len(whole) > caps.body:
            raise body_too_large(reader, caps)
    return bytes(whole)


def _chunks(reader: Reader, caps: Caps) -> Iterator[bytes]:
    """Read a chunked body and its trailers, which are checked and dropped (RFC 9112 §7.1)."""
    while size := _chunk_size(reader, caps):
        yield from reader.exactly(size)
        if not reader.ends_line():
            raise reader.malformed("a chunk is not as long as it says")
    count, room = 0, caps.head
    while line := reader.line(room, "a trailer"):
        room -= len(line)
        if count == 0 or line[:1] not in {b" ", b"\t"}:  # which would go on with a folded one
            count += 1
            fields_of([line.decode("latin-1")], reader, caps)
        if count > caps.fields or room < 0:
            raise reader.too_large("trailers above the caps of a head")


def _chunk_size(reader: Reader, caps: Caps) -> int:
    match = _CHUNK_SIZE.fullmatch(reader.line(_MAX_CHUNK_LINE, "a chunk's first line"))
    if match is None:
        raise reader.malformed("a chunk does not start with its size in hexadecimal")
    size = int(match[1], 16)
    if size > caps.body:
        raise body_too_large(reader, caps)
    return size


def _encoding(reader: Reader, values: list[str]) -> str | None:
    """Return the one content coding to undo; None for a body to be left as it is.

    A word that is no coding of ours says nothing about the bytes: ``UTF-8`` and ``none`` stand there,
    too.
    """
    codings = [coding.strip().lower() for coding in ",".join(values).split(",")]
    codings = [coding for coding in codings if coding in _ENCODINGS]
    if len(codings) > 1:
        raise reader.too_large("a body encoded more than once")
    return codings[0] if codings else None


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _decoded(reader: Reader, pieces: Iterable[bytes], encoding: str, caps: Caps) -> Iterator[bytes]:
    """Decode as the bytes come, at most a cap at a time; gzip may have several members."""
    room = caps.body + caps.body // 256 + 1024  # what is stored, not compressed, grows by less
    engine: _Decompressor | None = None
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise body_too_large(reader, caps)
        data, pending = piece, False
        while data or pending:
            if engine is None or engine.eof:
                engine = _engine(reader, data, encoding, first=engine is None)
            inflated = _inflated(reader, engine, data)
            yield inflated
            pending = len(inflated) == _STEP and not engine.eof
            data = engine.unconsumed_tail or engine.unused_data
    if engine is not None and not engine.eof:
        raise reader.malformed(f"the {encoding} body is cut off")


def _inflated(reader: Reader, engine: _Decompressor, data: bytes) -> bytes:
    try:
        return engine.decompress(data, _STEP)
    except zlib.error:
        pass
    raise reader.malformed("the body is not what its Content-Encoding says")


def _engine(reader: Reader, data: bytes, encoding: str, *, first: bool) -> _Decompressor:
    if not first and encoding == "deflate":
        raise reader.malformed("bytes follow the end of the deflate body")
    bits = _ENCODINGS[encoding]
    if encoding == "deflate" and data[0] & 0x0F != 8:
        bits = -15  # without the zlib wrapper, as some servers send it
    return zlib.decompressobj(bits)
