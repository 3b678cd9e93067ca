"""An answer is the result: what was accepted is never sent again, whatever fails after it."""

import gzip
import logging
from threading import Lock
from types import SimpleNamespace

import pytest

from portcall import (
    Kind,
    RequestOptions,
    Retry,
    TransportError,
    Verdict,
    action,
    hookimpl,
)
from portcall.testing import Reply

OK = b"HTTP/1.1 200 OK\r\n"
LOOKS = {
    "body": lambda response: response.body,
    "text": lambda response: response.text,
    "json": lambda response: response.json(),
}
UNREADABLE = {
    "bytes behind gzip": OK
    + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (len(gzip.compress(b"{}")) + 2)
    + gzip.compress(b"{}")
    + b"xx",
    "no gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "chunked twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a length beside chunks": OK
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a short body": OK + b"Content-Length: 9\r\n\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a chunk without size": OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n",
    "a body over its cap": OK + b"Content-Length: 99999999\r\n\r\n{}",
}
BROKEN_HEADS = {
    "101 fields": OK + b"A: b\r\n" * 101 + b"\r\n",
    "a cookie of 70 KiB": OK + b"Set-Cookie: " + b"c" * 71_680 + b"\r\n\r\n",
    "a head without end": OK + b"A: b\r\n",
    "a field without colon": OK + b"Nonsense\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.fixture
def answering(serve, connect):
    """Answer every request with the same bytes; connect a destination there."""

    def start(answer, post, **more):
        def handle(connection):
            if connection.request():
                connection.send(answer)
                connection.sock.shutdown(1)
                connection.wait_until_gone()

        server = serve(handle)
        hooks = {
            "extend_request": lambda: RequestOptions(base_url=server.url("")),
            "allowed_hosts": lambda: [f"127.0.0.1:{server.port}"],
        }
        return server, connect(post, **hooks, **more)

    return start


def quick():
    return Retry(base_s=0.001, attempts=4)


@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_action_that_never_looks_at_the_body_has_delivered(answering, acme, name, idempotent):
    post = acme.poster(idempotent=idempotent)
    server, connection = answering(UNREADABLE[name], post)
    assert acme.kinds(connection.deliver(post, [acme.event()], retry=quick())) == ["delivered"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_action_that_looks_at_it_is_uncertain_once(answering, acme, name, look, idempotent):
    post = acme.poster(LOOKS[look], idempotent=idempotent)
    server, connection = answering(UNREADABLE[name], post)
    [outcome] = connection.deliver(post, [acme.event()], retry=quick())
    assert outcome.kind == "uncertain"
    assert "127.0.0.1" in outcome.reason
    assert len(server.requests) == 1


@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize("name", BROKEN_HEADS)
def test_a_head_that_cannot_be_read_behind_a_200_is_uncertain_once(
    answering, acme, name, idempotent
):
    post = acme.poster(idempotent=idempotent)
    server, connection = answering(BROKEN_HEADS[name], post)
    retry = Retry(base_s=0.001, attempts=4, unclear=True)
    assert acme.kinds(connection.deliver(post, [acme.event()], retry=retry)) == ["uncertain"]
    assert len(server.requests) == 1


def test_a_batch_that_looks_at_a_body_that_cannot_be_read_is_uncertain_once(answering, acme):
    post = acme.batched(acme.statuses, idempotent=True)
    server, connection = answering(UNREADABLE["a short body"], post)
    outcomes = connection.deliver(post, [acme.event(), acme.event()], retry=quick())
    assert acme.kinds(outcomes) == ["uncertain"] * 2
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"  \r\n"])
@pytest.mark.parametrize("idempotent", [False, True])
def test_json_of_an_empty_200_is_an_error_that_says_so(connect, peer, acme, body, idempotent):
    peer.route("POST", "/messages", Reply(200, body=body))
    post = acme.poster(LOOKS["json"], idempotent=idempotent)
    [outcome] = connect(post).deliver(post, [acme.event()], retry=quick())
    assert outcome.kind == "uncertain"
    assert "empty body" in outcome.reason
    assert len(peer.requests) == 1


def test_perform_raises_what_the_body_cannot_be_read_for_and_sends_once(answering, acme):
    post = acme.poster(LOOKS["json"], idempotent=True)
    server, connection = answering(UNREADABLE["a short body"], post)
    with pytest.raises(TransportError) as caught:
        connection.perform(post, acme.event(), retry=quick())
    assert caught.value.status == 200
    assert len(server.requests) == 1


def test_a_lookup_that_cannot_be_read_is_made_again(connect, peer, clock, acme):
    @action(title="Post")
    def post(client, payload: acme.Message):
        client.get("/lookup").json()
        client.post("/messages")

    peer.route("GET", "/lookup", Reply(200), Reply(200, json={}))
    peer.route("POST", "/messages")
    outcomes = connect(post).deliver(post, [acme.event()], retry=clock.retry())
    assert acme.kinds(outcomes) == ["delivered"]
    assert [request.method for request in peer.requests] == ["GET", "GET", "POST"]


def test_a_503_stands_though_its_body_cannot_be_read(answering, acme):
    answer = b"HTTP/1.1 503 No\r\nRetry-After: 900\r\nContent-Length: 9\r\n\r\n{}"
    post = acme.poster()
    _, connection = answering(answer, post)
    [outcome] = connection.deliver(post, [acme.event()])
    assert outcome.kind == "retry"
    assert outcome.at is not None
    assert "503" in outcome.reason


@pytest.mark.parametrize(
    "error", [KeyError("span"), OSError(28, "No space left"), AttributeError()]
)
def test_an_extra_that_fails_after_the_answer_takes_nothing_back(
    connect, peer, acme, caplog, error
):
    @hookimpl(wrapper=True)
    def send_request(request):
        response = yield
        if request.method == "POST":
            raise error
        return response

    peer.route("POST", "/messages")
    post = acme.poster()
    connection = connect(post, extras=[SimpleNamespace(send_request=send_request)])
    with caplog.at_level(logging.DEBUG, "portcall"):
        outcomes = list(connection.deliver(post, [acme.event(), acme.event()]))
        assert connection.client.post("/messages").status == 200
    assert acme.kinds(outcomes) == ["delivered"] * 2
    assert len(peer.requests) == 3
    said = [record for record in caplog.records if "an answer stands" in record.message]
    assert [record.levelname for record in said] == ["WARNING", "DEBUG", "DEBUG"]
    assert "send_request" in said[0].message


def test_an_extra_that_fails_before_the_answer_keeps_the_request_back(connect, peer, acme):
    @hookimpl(wrapper=True)
    def send_request(request):
        raise KeyError("span")
        yield

    peer.route("POST", "/messages")
    post = acme.poster()
    connection = connect(post, extras=[SimpleNamespace(send_request=send_request)])
    assert acme.kinds(connection.deliver(post, [acme.event()])) == ["retry"]
    assert peer.requests == ()


def test_no_secret_is_logged_of_an_extra_that_fails(connect, peer, acme, caplog):
    @hookimpl(wrapper=True)
    def send_request(request):
        yield
        raise KeyError(request.headers["x-key"].reveal())

    peer.route("POST", "/messages")
    post = acme.poster()
    connection = connect(post, extras=[SimpleNamespace(send_request=send_request)])
    with caplog.at_level(logging.DEBUG, "portcall"):
        assert acme.kinds(connection.deliver(post, [acme.event()])) == ["delivered"]
    assert "an answer stands" in caplog.text
    assert "key-7f3a9b" not in caplog.text


@pytest.mark.parametrize("idempotent", [False, True])
def test_a_200_that_its_plugin_fails_to_classify_is_uncertain_and_sent_once(
    connect, peer, acme, idempotent
):
    def classify(response):
        return Verdict(Kind.REJECTED) if response.json()["error"] else None

    peer.route("POST", "/messages", Reply(json={}))
    post = acme.poster(idempotent=idempotent)
    connection = connect(post, classify_response=classify)
    [outcome] = connection.deliver(post, [acme.event()], retry=quick())
    assert outcome.kind == "uncertain"
    assert "KeyError: 'error'" in outcome.reason
    assert len(peer.requests) == 1


class Full:
    """A journal whose disk is full from the first outcome on."""

    def __init__(self, begins=99):
        self.begins = begins
        self.lock = Lock()

    def begun(self, indexes):
        with self.lock:
            self.begins -= 1
            if self.begins < 0:
                raise OSError(28, "No space left on device")

    def ended(self, outcomes):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("workers", [1, 4])
def test_a_journal_that_fails_after_the_answer_leaves_the_outcome_and_ends_the_delivery(
    connect, peer, acme, workers
):
    peer.route("POST", "/messages")
    post = acme.poster()
    seen, events = [], (acme.event(f"{n}") for n in range(100))
    with pytest.raises(OSError, match="No space"):
        seen.extend(connect(post).deliver(post, events, workers=workers, journal=Full()))
    sent = sorted(int(request.json()["text"]) for request in peer.requests)
    assert [outcome.index for outcome in seen if outcome.kind == "delivered"] == sent
    assert {outcome.kind for outcome in seen} <= {"delivered", "retry"}
    assert len(sent) <= 2 * workers


def test_a_journal_that_fails_before_sending_leaves_the_events_to_be_sent(connect, peer, acme):
    peer.route("POST", "/messages")
    post = acme.poster()
    seen = []
    with pytest.raises(OSError, match="No space"):
        seen.extend(connect(post).deliver(post, [acme.event()] * 3, journal=Full(begins=0)))
    assert acme.kinds(seen) == ["retry"]
    assert "No space left" in seen[0].reason
    assert seen[0].at is not None
    assert peer.requests == ()
