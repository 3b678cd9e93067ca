"""Answers made at random of pieces that servers send, and of some that no server should send."""

from __future__ import annotations

from random import Random

import attrs


def _spread(weighed: list[tuple[bytes, int]]) -> list[bytes]:
    """Return each piece as often as its weight says: choosing one of them is then one call."""
    return [piece for piece, weight in weighed for _ in range(weight)]


VERSIONS = _spread(
    [(b"HTTP/1.1", 40), (b"HTTP/1.0", 5), (b"HTTP/1.2", 1), (b"HTTP/2", 1), (b"http/1.1", 1)]
)
STATUSES = _spread([
    (b"200", 24), (b"201", 3), (b"204", 3), (b"304", 2), (b"400", 2), (b"401", 2), (b"503", 2),
    (b"999", 1), (b"20", 1), (b"2000", 1), (b"+20", 1), (b"two", 1), (b"000", 1),
])  # fmt: skip
REASONS = _spread([
    (b" OK", 20), (b"", 3), (b" ", 3), (b" Not so bad", 3), (b"  two blanks", 1), (b" t\xe9l\xe9", 1),
    (b" a\tb", 1), (b" a\0b", 1), (b" a\rb", 1), (b"no blank", 1),
])  # fmt: skip
INTERIM = _spread([
    (b"", 30), (b"HTTP/1.1 100 Continue\r\n\r\n", 2), (b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n", 1),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n", 1),
    (b"HTTP/1.1 101 Switching\r\n\r\n", 1),
])  # fmt: skip
FIELDS = _spread([
    (b"Date: Mon, 01 Jan 2029 00:00:00 GMT", 20), (b"Content-Type: application/json", 20),
    (b"X-Request-Id:0123", 5), (b"Set-Cookie: a=1; Path=/", 5), (b"Set-Cookie: b=2", 3), (b"X-Empty:", 3),
    (b"X-Blanks: \t a b \t ", 3), (b"X-Latin: caf\xe9", 2), (b"X-Utf: caf\xc3\xa9", 2), (b"X-Tab: a\tb", 2),
    (b"X-Fold: a\r\n b", 2), (b"X-Fold: a\r\n\t b\r\n  c", 1), (b"X-Fold:\r\n a", 1), (b"X-Fold: a\n b", 1),
    (b"X-Space : a", 1), (b" X-First: a", 1), (b"No colon", 1), (b": no name", 1), (b"X(Y): a", 1),
    (b"X-Null: a\0b", 1), (b"X-Cr: a\rb", 1), (b"X-Bell: a\x07b", 1), (b"X-Del: a\x7fb", 1),
    (b"X-Form: a\x0cb", 1), (b"X-\xe9: a", 1), (b"Connection: close", 3), (b"Connection: keep-alive", 3),
    (b"Connection: x, Close", 1), (b"Keep-Alive: timeout=5", 2), (b"Trailer: X-Sum", 1),
])  # fmt: skip
LENGTHS = _spread([
    (b"%d", 60), (b"0%d", 1), (b"%d, %d", 1), (b"%d\r\nContent-Length: %d", 2), (b"%d,1", 1),
    (b"%d\r\nContent-Length: 1", 1), (b"+%d", 1), (b"-%d", 1), (b"0x%d", 1), (b"%d.0", 1), (b"", 1),
    (b"%d;", 1), (b"9" * 18 + b"%d", 1), (b"9" * 30 + b"%d", 1), (b" %d ", 1), (b"1_%d", 1),
])  # fmt: skip
CODINGS = _spread([
    (b"chunked", 40), (b"Chunked", 2), (b"chunked\r\nTransfer-Encoding: chunked", 1), (b"gzip, chunked", 1),
    (b"chunked, gzip", 1), (b"identity", 1), (b"gzip", 1), (b"", 1), (b" chunked ", 1), (b"x-chunked", 1),
    (b"chunked\r\nContent-Length: 3", 2),
])  # fmt: skip
SIZES = _spread([
    (b"%x", 60), (b"0%x", 2), (b"%X", 5), (b"%x;a=b", 3), (b'%x ; a="b"', 2), (b"%x;", 2), (b"%x  ", 2),
    (b"%x\t", 1), (b" %x", 1), (b"0x%x", 1), (b"+%x", 1), (b"-%x", 1), (b"1_%x", 1), (b"g%x", 1), (b"", 1),
    (b"0" * 20 + b"%x", 1), (b"%x;a\0b", 1), (b"%x a", 1),
])  # fmt: skip
ENDS = _spread([(b"\r\n", 60), (b"\n", 2), (b"\r", 1), (b"", 1), (b"x\r\n", 1)])
TRAILERS = _spread([
    (b"", 30), (b"X-Sum: 1\r\n", 3), (b"X-Sum: 1\r\nX-Two: 2\r\n", 2), (b"X-Fold: a\r\n b\r\n", 1),
    (b"No colon\r\n", 1), (b"X-Space : a\r\n", 1), (b"X-Lf: a\n", 1), (b"X-Null: a\0\r\n", 1),
])  # fmt: skip
BEHIND = _spread(
    [(b"", 40), (b"x", 1), (b"\r\n", 1), (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 1)]
)
BODIES = [b"", b"{}", b"hello", b'{"ok": true}', b"a\r\n\r\nb", b"\0\xff" * 20]


METHODS = ["GET", "POST"] * 5 + ["HEAD"]
FRAMINGS = ["length", "chunks"] * 8 + ["none"] + ["end"] * 3


@attrs.frozen
class Answer:
    """What a server sends before it closes, and the method that it answers."""

    method: str
    raw: bytes


def answers(seed: int, count: int) -> list[Answer]:
    """Make *count* answers; the same ones for the same *seed*."""
    random = Random(seed)
    return [_answer(random) for _ in range(count)]


def _answer(random: Random) -> Answer:
    raw = _head(random) if random.random() < 0.5 else _with_few_oddities(random)
    if random.random() < 0.05:
        raw = raw.replace(b"\r\n", b"\n", random.choice([-1, 1, 2]))
    if random.random() < 0.05:
        raw = raw[: random.randrange(len(raw) + 1)]
    if random.random() < 0.03 and raw:
        at = random.randrange(len(raw))
        raw = raw[:at] + bytes([random.randrange(256)]) + raw[at + random.randrange(2) :]
    return Answer(random.choice(METHODS), raw)


def _head(random: Random) -> bytes:
    """Any piece anywhere."""
    start = b"%s %s%s\r\n" % (
        random.choice(VERSIONS),
        random.choice(STATUSES),
        random.choice(REASONS),
    )
    fields = [random.choice(FIELDS) for _ in range(random.choice([0, 1, 1, 2, 3, 5]))]
    return random.choice(INTERIM) + start + _framed(random, fields, odd=True)


def _with_few_oddities(random: Random) -> bytes:
    """A plain head, and a body of any piece, which a head that is refused would hide."""
    start = b"HTTP/1.1 %s OK\r\n" % random.choice([b"200", b"200", b"201", b"404", b"204"])
    fields = [random.choice(FIELDS[:45]) for _ in range(random.randrange(4))]
    return start + _framed(random, fields, odd=random.random() < 0.5)


def _framed(random: Random, fields: list[bytes], *, odd: bool) -> bytes:
    body = random.choice(BODIES)
    framing = random.choice(FRAMINGS)
    if framing == "length":
        said = len(body) + (random.choice([-1, 1, 7]) if random.random() < 0.05 else 0)
        text = random.choice(LENGTHS) if odd else b"%d"
        fields.append(b"Content-Length: " + text.replace(b"%d", b"%d" % max(said, 0)))
    elif framing == "chunks":
        fields.append(b"Transfer-Encoding: " + (random.choice(CODINGS) if odd else b"chunked"))
        body = _chunked(random, body)
    elif framing == "none":
        body = b""
    random.shuffle(fields)
    behind = random.choice(BEHIND) if framing != "end" else b""
    return b"".join(b"%s\r\n" % field for field in fields) + b"\r\n" + body + behind


def _chunked(random: Random, body: bytes) -> bytes:
    raw, rest = b"", body
    while rest:
        size = random.randint(1, len(rest))
        raw += _size(random, size) + random.choice(ENDS) + rest[:size] + random.choice(ENDS)
        rest = rest[size:]
    return (
        raw + _size(random, 0) + random.choice(ENDS) + random.choice(TRAILERS) + random.choice(ENDS)
    )


def _size(random: Random, size: int) -> bytes:
    text = random.choice(SIZES)
    for form in (b"%x", b"%X"):
        text = text.replace(form, form % size)
    return text
