"""The reader of answers beside h11's: the same verdict on 20,000 answers, or a written reason."""

from __future__ import annotations

import re
import socket
import tomllib
from collections import Counter
from pathlib import Path

import attrs
import h11
from tests.wire.generated_answers import Answer, answers

from portcall.errors import TransportError
from portcall.model.http_request import Request
from portcall.urls import parse
from portcall.wire.limits import Caps
from portcall.wire.outgoing import Call
from portcall.wire.pool import Wire
from portcall.wire.transport import exchange

SEED, COUNT = 9112, 20_000
URL = parse("http://api.example.com/")
CAPS = Caps(timeout_s=600.0)
REQUESTS = {
    method: Request(method=method, url=str(URL), target=URL) for method in ("GET", "POST", "HEAD")
}
CONTROLS = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")
BLANKS = re.compile(r"[ \t]+")
TABLE = Path(__file__).with_name("h11_differences.toml")


@attrs.frozen
class Verdict:
    """What a reader makes of an answer.

    ``kind`` is "answer", "no body" (a status, and a body that cannot be read) or "no answer"; ``said``
    is what the reader complains of.
    """

    kind: str
    said: str = attrs.field(default="", eq=False)
    status: int | None = None
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    reuse: bool = False


def by_portcall(answer: Answer) -> Verdict:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(answer.raw)
        far.shutdown(socket.SHUT_WR)
        call = Call(REQUESTS[answer.method], URL, CAPS)  # its time counts from now
        try:
            response, reuse = exchange(Wire(near), call)
        except TransportError as error:
            return Verdict("no answer", str(error))
    if response.unreadable is not None:
        return Verdict("no body", str(response.unreadable), response.status)
    pairs = [(name, value) for name in response.headers for value in response.headers.get_all(name)]
    return Verdict("answer", "", response.status, comparable(pairs), response.body, reuse)


def by_h11(answer: Answer) -> Verdict:
    connection = h11.Connection(h11.CLIENT)
    fields = [("Host", "api.example.com"), ("Content-Length", "0")]
    connection.send(h11.Request(method=answer.method, target="/", headers=fields))
    connection.send(h11.EndOfMessage())
    head, body = None, b""
    try:
        for event in events(connection, answer.raw):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                pairs = [(name.decode(), value.decode("latin-1")) for name, value in head.headers]
                behind, ended = connection.trailing_data
                reuse = connection.their_state is h11.DONE and not behind and not ended
                return Verdict("answer", "", head.status_code, comparable(pairs), body, reuse)
    except h11.RemoteProtocolError as error:
        said = str(error)
    else:
        said = "it ended"
    return (
        Verdict("no answer", said) if head is None else Verdict("no body", said, head.status_code)
    )


def events(connection, raw):
    """Give h11 the bytes, and the end of the connection once it wants more."""
    for data in (raw, b"") if raw else (b"",):
        connection.receive_data(data)
        while (event := connection.next_event()) is not h11.NEED_DATA:
            yield event
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return


def comparable(pairs):
    """Even out what either rewrites: lengths, codings, control characters, blanks in folds."""
    kept = [
        (name, BLANKS.sub(" ", CONTROLS.sub("?", value)))
        for name, value in pairs
        if name != "content-length"
    ]
    return tuple(sorted((n, v.lower() if n == "transfer-encoding" else v) for n, v in kept))


def matches(row, answer, ours, theirs):
    if ours.kind not in row["ours"].split("|") or theirs.kind != row["h11"]:
        return False
    if "differs" in row and attrs.evolve(ours, reuse=theirs.reuse) != theirs:
        return False
    if ours.kind == theirs.kind and "differs" not in row:
        return False
    found = {
        "ours_says": ours.said,
        "h11_says": theirs.said,
        "raw": answer.raw.decode("latin-1"),
    }
    return all(re.search(row[key], text, re.DOTALL) for key, text in found.items() if key in row)


def test_every_difference_from_h11_has_a_written_reason():
    table = tomllib.loads(TABLE.read_text())["difference"]
    assert all(row["reason"] for row in table)
    kinds, used, unexplained = Counter(), Counter(), []
    for answer in answers(SEED, COUNT):
        ours, theirs = by_portcall(answer), by_h11(answer)
        kinds[ours.kind] += 1
        if ours == theirs:
            continue
        rows = [number for number, row in enumerate(table) if matches(row, answer, ours, theirs)]
        used.update(rows[:1])
        if not rows:
            unexplained.append((answer, ours, theirs))
    assert [f"{answer}\n{ours}\n{theirs}" for answer, ours, theirs in unexplained[:3]] == []
    assert [row["reason"] for number, row in enumerate(table) if number not in used] == []
    # Enough of each kind that agreement means something.
    assert min(kinds[kind] for kind in ("answer", "no body", "no answer")) > COUNT // 10
