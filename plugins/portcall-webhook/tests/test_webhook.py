"""Every claim as the receiver sees it."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import pytest

from portcall import PolicyError, ResponseError, Secret, SettingsError, UnavailableError
from portcall.testing import Reply, conformance
from portcall_webhook import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "properties": {"total": 41.5, "currency": "€"},
}


@pytest.fixture
def connect(peer, host):
    peer.route("POST", "/events", Reply(204))

    def connect(path="/events", **settings):
        return host.destination("webhook").connect({"url": peer.url + path, **settings})

    return connect


def deliver(connection, event=EVENT):
    return connection.perform(connection.destination.actions["send"], event)


def verify(request, secret=SECRET, tolerance_s=300):
    """Receive as the specification says a consumer does."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = request.headers["webhook-timestamp"]
    assert abs(time.time() - int(stamp)) < tolerance_s
    content = b".".join([request.headers["webhook-id"].encode(), stamp.encode(), request.body])
    proof = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    signatures = dict([request.headers["webhook-signature"].split(",", 1)])
    assert hmac.compare_digest(signatures["v1"], proof)


test_conformance = conformance("webhook")


def test_event_arrives_as_it_is(connect, peer):
    deliver(connect())
    [request] = peer.requests
    assert (request.method, request.target) == ("POST", "/events")
    assert request.headers["content-type"] == "application/json"
    assert request.json() == EVENT


def test_url_keeps_its_query(connect, peer):
    deliver(connect("/events?source=shop"))
    assert peer.requests[0].target == "/events?source=shop"


def test_secret_headers_arrive_and_show_nowhere(connect, peer):
    connection = connect(headers={"X-Api-Key": "k-5f0e77", "X-Tenant": "acme-31"})
    deliver(connection)
    assert peer.requests[0].headers["x-api-key"] == "k-5f0e77"
    assert peer.requests[0].headers["x-tenant"] == "acme-31"
    assert "k-5f0e77" not in repr(connection.settings)


def test_secret_headers_come_out_of_one_line_of_text_too(connect, peer):
    deliver(connect(headers='{"X-Api-Key": "k-5f0e77"}'))
    assert peer.requests[0].headers["x-api-key"] == "k-5f0e77"


def test_signature_is_the_published_one():
    content = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign(Secret(SECRET), content) == expected
    assert sign(Secret(SECRET.removeprefix("whsec_")), content) == expected


def test_signature_is_that_of_the_specification_s_own_package():
    file = Path(__file__).with_name("sdk.json")
    recorded = json.loads(file.read_text(encoding="utf-8"))["signature"]
    assert sign(Secret(SECRET), recorded["content"].encode()) == recorded["signature"]


def test_receiver_can_verify_the_signature(connect, peer):
    deliver(connect(signing_secret=SECRET))
    verify(peer.requests[0])


def test_without_a_secret_nothing_is_signed(connect, peer):
    deliver(connect())
    assert "webhook-signature" not in peer.requests[0].headers
    assert peer.requests[0].headers["webhook-id"] == EVENT["messageId"]


def test_another_try_keeps_the_id_and_has_a_time_of_its_own(connect, peer):
    connection = connect(signing_secret=SECRET)
    deliver(connection)
    time.sleep(1.1)
    deliver(connection)
    first, second = peer.requests
    verify(first)
    verify(second)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"])


def test_event_without_an_id_gets_one_of_its_content(connect, peer):
    connection = connect(signing_secret=SECRET)
    for event in ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 2}):
        deliver(connection, event)
    first, same, other = (request.headers["webhook-id"] for request in peer.requests)
    assert first == same != other
    assert first.startswith("msg_")


@pytest.mark.parametrize("bad", ["a.b", "a\u2028X-Injected: 1", "ünique", "x" * 256])
def test_id_that_could_be_read_in_two_ways_is_hashed(connect, peer, bad):
    deliver(connect(signing_secret=SECRET), {**EVENT, "messageId": bad})
    [request] = peer.requests
    verify(request)
    assert "." not in request.headers["webhook-id"]
    assert len(request.headers["webhook-id"]) < 64


def test_id_with_a_line_break_is_no_header(connect, peer):
    with pytest.raises(SettingsError, match="Message ID must be one line"):
        deliver(connect(), {**EVENT, "messageId": "a\r\nX-Injected: 1"})
    assert peer.requests == ()


def test_refusal_of_the_receiver_is_said(connect, peer):
    peer.route("POST", "/events", Reply(410), Reply(503, headers={"Retry-After": "60"}))
    connection = connect(headers={"X-Api-Key": "k-5f0e77"})
    with pytest.raises(ResponseError, match="410"):
        deliver(connection)
    with pytest.raises(UnavailableError) as caught:
        deliver(connection)
    assert caught.value.retry_at is not None
    assert "k-5f0e77" not in str(caught.value)


def test_no_other_host_is_talked_to(connect, peer):
    with pytest.raises(PolicyError, match="not a host that this plugin declared"):
        connect().client.post("http://127.0.0.1:9/events", json=EVENT)
    assert peer.requests == ()


def test_nothing_is_sent_to_test_a_webhook(connect, peer):
    assert connect().test() is None
    assert peer.requests == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"signing_secret": "whsec_c2hvcnQtc2VjcmV0"}, "24 to 64 bytes"),
        ({"signing_secret": "whsec_not-base64!-and-long-enough-otherwise"}, "24 to 64 bytes"),
        ({"headers": {"X Api Key": "k"}}, "names such as `X-Api-Key`"),
        ({"url": "ftp://127.0.0.1/"}, "http"),
    ],
)
def test_settings_that_cannot_work_are_refused(host, settings, said):
    with pytest.raises(SettingsError, match=said) as caught:
        host.destination("webhook").connect({"url": "https://example.com", **settings})
    assert "c2hvcnQ" not in str(caught.value)


def test_examples_of_the_readme_are_true(connect, peer):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    sending, verifying = (part.split("```")[0] for part in readme.split("```python\n")[1:])
    local = sending.replace("Host()", "Host(allow_private=['127.0.0.1'])")
    scope = {}
    exec(local.replace("https://example.com", peer.url) + verifying, scope)
    [request] = peer.requests
    assert request.headers["x-api-key"] == "k-5f0e77"
    assert scope["is_ours"](request.headers, request.body, SECRET)
    assert not scope["is_ours"](request.headers, request.body + b" ", SECRET)
