"""Resets: what was not sent is told apart from what may have been applied."""

from __future__ import annotations

import pytest

from portcall.errors import DisconnectedError, Sent

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf"


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 2", HALF], ids=["before", "in the head", "during"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_reset_on_a_new_connection_is_maybe_applied(method, start, serve, caller, peers):
    def handle(connection):
        connection.request()
        if connection.number > 1:
            connection.send(peers.OK)
            connection.wait_until_gone()
        connection.send(start)
        connection.reset()

    peer = serve(handle)
    with pytest.raises(DisconnectedError) as caught:
        caller.read(peer.url(), method, body=b"{}")
    assert type(caught.value) is DisconnectedError
    assert caught.value.sent is Sent.MAYBE
    assert peer.accepted == 1
    assert caller.send(peer.url()).body == b"ok"


def test_a_reset_after_the_body_does_no_harm(serve, caller, peers):
    def handle(connection):
        connection.request()
        connection.send(peers.OK)
        connection.reset()

    peer = serve(handle)
    assert [caller.send(peer.url()).body for _ in range(5)] == [b"ok"] * 5


def dies_on_the_second_request(peers, start=b""):
    """The first connection is good for one request, then ends when the next has been read."""

    def handle(connection):
        connection.request()
        connection.send(peers.OK)
        if connection.request() and connection.number == 1:
            connection.send(start)
            connection.reset()
        else:
            connection.send(peers.OK)
            connection.wait_until_gone()

    return handle


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_an_idempotent_method_is_tried_once_more(method, serve, caller, peers):
    head = b"HTTP/1.1 204 No\r\n\r\n"
    peers.OK = head
    peer = serve(dies_on_the_second_request(peers))
    caller.send(peer.url())
    assert caller.send(peer.url(), method).status == 204
    assert (peer.accepted, len(peer.requests)) == (2, 3)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_may_have_been_applied_is_not_sent_twice(method, serve, caller, peers):
    peer = serve(dies_on_the_second_request(peers))
    caller.send(peer.url())
    with pytest.raises(DisconnectedError) as caught:
        caller.send(peer.url(), method, body=b"{}")
    assert type(caught.value) is DisconnectedError
    assert caught.value.sent is Sent.MAYBE
    assert len(peer.requests) == 2


def test_a_post_that_says_it_is_idempotent_is_tried_once_more(serve, caller, peers):
    peer = serve(dies_on_the_second_request(peers))
    caller.send(peer.url())
    assert caller.send(peer.url(), "POST", body=b"{}", idempotent=True).body == b"ok"
    assert len(peer.requests) == 3


def test_once_an_answer_has_begun_nothing_is_tried_again(serve, caller, peers):
    peer = serve(dies_on_the_second_request(peers, start=b"HTTP/1.1 200"))
    caller.send(peer.url())
    with pytest.raises(DisconnectedError):
        caller.send(peer.url())
    assert len(peer.requests) == 2


def test_only_one_more_try(serve, caller, peers):
    def handle(connection):
        connection.request()
        if connection.number == 1:
            connection.send(peers.OK)
            connection.request()
        connection.reset()

    peer = serve(handle)
    caller.send(peer.url())
    with pytest.raises(DisconnectedError):
        caller.send(peer.url())
    assert (peer.accepted, len(peer.requests)) == (2, 3)


def test_a_connection_closed_while_idle_costs_nothing(serve, caller, peers):
    peer = serve(peers.answering(peers.OK, then_close=True))
    for _ in range(5):
        assert caller.send(peer.url(), "POST", body=b"{}").body == b"ok"
        peer.wait_until_idle()
    assert peer.accepted == len(peer.requests) == 5


def test_an_answer_before_the_whole_body_was_read_stands(serve, caller):
    def handle(connection):
        connection.sock.recv(1000)
        connection.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        connection.sock.shutdown(1)
        connection.sock.recv(1)
        connection.sock.recv(1_000_000)
        connection.sock.shutdown(0)

    response = caller.send(serve(handle).url(), "POST", body=bytes(3_000_000))
    assert (response.status, response.body) == (413, b"big")
