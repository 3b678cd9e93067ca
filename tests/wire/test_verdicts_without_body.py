"""What an answer means for a connection where its body cannot be read: the status decides."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    AuthenticationError,
    DisconnectedError,
    Host,
    Kind,
    RequestOptions,
    ResponseError,
    Sent,
    ThrottledError,
    UnavailableError,
    Verdict,
    field,
    hookimpl,
)


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def short(status, fields=b""):
    return b"HTTP/1.1 %d X\r\n%sContent-Length: 500\r\n\r\nhalf" % (status, fields)


@pytest.fixture
def connect(serve, peers):
    """Connect to a peer that gives one answer and closes, with more hookimpls if wanted."""
    with ExitStack() as stack:

        def start(answer, **hooks):
            peer = serve(peers.answering(answer, then_close=True))
            acme = SimpleNamespace(
                auth_fields=hookimpl(lambda: Settings),
                allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
                extend_request=hookimpl(
                    lambda settings: RequestOptions(base_url=settings.endpoint)
                ),
                **{name: hookimpl(function) for name, function in hooks.items()},
            )
            host = stack.enter_context(Host(allow_private=["127.0.0.1"], plugins={"acme": acme}))
            connection = host.destination("acme").connect({"endpoint": peer.url("")})
            return peer, connection.client

        yield start


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ResponseError),
        (401, AuthenticationError),
        (403, ResponseError),
        (429, ThrottledError),
        (500, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_a_refusal_without_its_body_is_a_refusal(status, kind, connect):
    peer, client = connect(short(status))
    with pytest.raises(kind, match=f"answered {status} .*the connection ended within a body"):
        client.post("/e", json={})
    assert len(peer.requests) == 1


def test_the_head_of_an_answer_without_body_is_read(connect):
    _, client = connect(short(503, b"Retry-After: 60\r\n"))
    with pytest.raises(UnavailableError) as caught:
        client.post("/e", json={})
    assert caught.value.retry_at - datetime.now(UTC) < timedelta(seconds=61)


def test_a_success_without_its_body_is_a_success_until_a_look_at_the_body(connect):
    peer, client = connect(short(200))
    response = client.post("/e", json={})
    assert response.status == 200
    with pytest.raises(DisconnectedError) as caught:
        response.json()
    assert (caught.value.status, caught.value.sent) == (200, Sent.MAYBE)
    assert len(peer.requests) == 1


def by_body(response):
    return Verdict(Kind.REJECTED, reason="no") if b"error" in response.body else None


def test_a_success_that_the_body_may_take_back_is_none(connect):
    peer, client = connect(short(200), classify_response=by_body)
    with pytest.raises(DisconnectedError) as caught:
        client.post("/e", json={})
    assert (caught.value.status, caught.value.sent) == (200, Sent.MAYBE)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(("status", "kind"), [(400, ResponseError), (503, UnavailableError)])
def test_a_refusal_needs_no_body_to_be_classified(status, kind, connect):
    _, client = connect(short(status), classify_response=by_body)
    with pytest.raises(kind, match=f"answered {status}"):
        client.post("/e", json={})
