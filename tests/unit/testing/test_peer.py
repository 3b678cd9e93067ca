"""The peer, spoken to by a client that is not ours."""

import http.client
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from portcall.testing import Peer, Received, Reply


def exchange(peer, method="GET", target="/", body=None, headers=None):
    with closing(http.client.HTTPConnection("127.0.0.1", peer.port, timeout=5)) as connection:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_request_is_recorded_as_it_came(peer):
    peer.route("POST", "/a%20b", Reply(201))
    exchange(peer, "POST", "/a%20b?x=1&x=2&e=", b'{"k": 1}', {"X-Key": "v"})
    [request] = peer.requests
    assert (request.method, request.path) == ("POST", "/a%20b")
    assert request.query == {"x": ["1", "2"], "e": [""]}
    assert request.headers["x-KEY"] == "v"
    assert request.json() == {"k": 1}


def test_form_and_basic_credentials_are_read():
    head = [("Authorization", "Basic d2stMTrDqTo=")]
    request = Received(method="POST", target="/", headers=head_of(head), body=b"a=1&b=%C3%A9")
    assert request.form == {"a": ["1"], "b": ["é"]}
    assert request.basic == ("wk-1", "é:")


@pytest.mark.parametrize("value", ["Bearer dTpw", "Basic ???", "Basic dXA=", "Basic /w==", "Basic"])
def test_what_is_not_basic_is_none(value):
    head = [("Authorization", value)]
    assert Received(method="GET", target="/", headers=head_of(head)).basic is None


def head_of(pairs):
    from portcall import Headers

    return Headers(pairs)


def test_answers_are_given_in_order_and_the_last_one_stays(peer):
    peer.route("GET", "/", Reply(401), Reply(json={"n": 2}), Reply(204))
    assert [exchange(peer)[0] for _ in range(4)] == [401, 200, 204, 204]


def test_function_answers_from_what_it_got(peer):
    peer.route("PUT", "/echo", lambda request: Reply(body=request.body, headers={"X-N": "1"}))
    status, headers, body = exchange(peer, "PUT", "/echo", b"abc")
    assert (status, headers["X-N"], body) == (200, "1", b"abc")


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "REPORT"])
def test_any_method_can_be_routed(peer, method):
    peer.route(method, "/")
    assert exchange(peer, method)[0] == 200


def test_missing_route_says_which_there_are(peer):
    peer.route("POST", "/events")
    status, _, body = exchange(peer, "GET", "/event")
    assert status == 404
    assert json.loads(body)["error"] == "no route for GET /event; ['POST /events']"


def test_one_connection_serves_many_requests(peer):
    peer.route("POST", "/", Reply(json={}))
    with closing(http.client.HTTPConnection("127.0.0.1", peer.port, timeout=5)) as connection:
        for _ in range(3):
            connection.request("POST", "/", b"x")
            connection.getresponse().read()
    exchange(peer, "POST", "/")
    assert [request.connection for request in peer.requests] == [1, 1, 1, 2]


def test_nothing_is_lost_among_threads(peer):
    peer.route("POST", "/")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: exchange(peer, "POST", "/", str(n).encode()), range(200)))
    assert {int(request.body) for request in peer.requests} == set(range(200))
    assert len(peer.received("/")) == len(peer.received("/", "POST")) == 200
    assert peer.received("/", "GET") == peer.received("/other") == ()


def test_hanging_up_gives_no_answer(peer):
    peer.route("GET", "/", Reply(hang_up=True))
    with pytest.raises(http.client.RemoteDisconnected):
        exchange(peer)
    assert len(peer.requests) == 1


def test_body_of_unknown_length_is_refused(peer):
    # The body stays away: the peer may hang up before all of it is sent.
    status, _, body = exchange(peer, "POST", "/", None, {"Transfer-Encoding": "chunked"})
    assert status == 411
    assert b"Content-Length" in body


def test_assertion_in_an_answer_fails_the_test():
    def answer(request):
        assert request.path == "/other"

    peer = Peer()
    peer.route("GET", "/", answer)
    assert exchange(peer)[0] == 500
    with pytest.raises(AssertionError, match="/other"):
        peer.close()


def test_failure_of_the_test_itself_comes_first():
    def answer(_):
        raise ValueError("second")

    def run():
        with Peer() as peer:
            peer.route("GET", "/", answer)
            exchange(peer)
            raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        run()


def test_closing_ends_kept_connections_and_threads():
    before = threading.active_count()
    with Peer() as peer:
        peer.route("GET", "/")
        connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=5)
        connection.request("GET", "/")
        connection.getresponse().read()
        assert threading.active_count() > before
    assert threading.active_count() == before
    connection.close()


def test_host_fixture_may_talk_to_the_peer(peer, host):
    peer.route("POST", "/events", Reply(204))
    webhook = host.destination("webhook")
    connection = webhook.connect({"url": f"{peer.url}/events"})
    connection.perform(webhook.actions["send"], {"type": "track"})
    assert peer.requests[0].json() == {"type": "track"}


def test_pytest_is_not_needed():
    code = "import portcall.testing, sys; print('pytest' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
