"""Every claim as the tracking API sees it."""

from pathlib import Path

import pytest

from portcall import RequestError, ResponseError, SettingsError, ThrottledError
from portcall.testing import Reply, conformance

COMMON = {
    "userId": "u-97980cfea0067",
    "anonymousId": "507f191e810c19729de860ea",
    "messageId": "022bb90c-bbac-11e4-8dfc-aa07a5b093db",
    "timestamp": "2026-05-01T12:00:00.250000+00:00",
    "context": {"ip": "8.8.8.8", "library": {"name": "shop"}},
    "integrations": {"All": True, "Mixpanel": False},
}
CALLS = {
    "track": {"event": "Order Completed", "properties": {"total": 41.5}},
    "identify": {"traits": {"email": "ada@example.com", "plan": None}},
    "group": {"groupId": "g-1", "traits": {"name": "Initech"}},
    "page": {"name": "Pricing", "category": "Docs", "properties": {"path": "/pricing"}},
    "screen": {"name": "Home", "category": "Main", "properties": {"variation": "blue"}},
    "alias": {"previousId": "old-7"},
}
SUCCESS = Reply(json={"success": True})


@pytest.fixture
def connection(peer, host):
    for call in (*CALLS, "batch"):
        peer.route("POST", f"/v1/{call}", SUCCESS)
    settings = {"write_key": "wk-abc123", "endpoint": peer.url}
    return host.destination("segment").connect(settings)


def perform(connection, action, event):
    return connection.perform(connection.destination.actions[action], {"type": action, **event})


test_conformance = conformance("segment")


def test_form_asks_for_the_write_key_only(host):
    fields = host.destination("segment").fields
    assert [(f.name, f.required) for f in fields] == [("write_key", True), ("endpoint", False)]
    assert fields[1].default == "https://api.segment.io"


@pytest.mark.parametrize("call", CALLS)
def test_call_arrives_under_the_names_of_the_api(connection, peer, call):
    event = {"type": call, **COMMON, **CALLS[call]}
    perform(connection, call, event)
    [request] = peer.requests
    assert request.path == f"/v1/{call}"
    assert request.json() == {name: event[name] for name in event if name != "type"}


def test_write_key_is_the_user_name_and_the_password_is_empty(connection, peer):
    perform(connection, "track", {"userId": "u", "event": "E"})
    assert peer.requests[0].basic == ("wk-abc123", "")
    assert "wk-abc123" not in repr(connection.settings)


def test_what_an_event_does_not_have_is_not_sent(connection, peer):
    perform(connection, "track", {"anonymousId": "a", "event": "E"})
    sent = peer.requests[0].json()
    assert len(sent.pop("messageId")) == 32  # the key that Segment knows repeats by
    assert sent == {"anonymousId": "a", "event": "E"}


@pytest.mark.parametrize(
    ("call", "event", "said"),
    [
        ("track", {"userId": "u"}, "Event name is missing"),
        ("track", {"event": "E"}, "User ID is missing"),
        ("group", {"userId": "u"}, "Group ID is missing"),
        ("alias", {"userId": "u"}, "Previous ID is missing"),
        ("alias", {"anonymousId": "a", "previousId": "p"}, "User ID is missing"),
        ("identify", {"userId": "u", "timestamp": "yesterday"}, "Timestamp must be"),
    ],
)
def test_event_that_the_api_would_drop_is_refused_here(connection, peer, call, event, said):
    with pytest.raises(SettingsError, match=said):
        perform(connection, call, event)
    assert peer.requests == ()


def test_endpoint_may_have_a_path(peer, host):
    peer.route("POST", "/ingest/v1/track", SUCCESS)
    settings = {"write_key": "wk", "endpoint": f"{peer.url}/ingest"}
    perform(host.destination("segment").connect(settings), "track", {"userId": "u", "event": "E"})
    assert len(peer.received("/ingest/v1/track", "POST")) == 1


@pytest.mark.parametrize("said", [Reply(body=b"OK"), Reply(body=b'{"success": tru'), Reply(204)])
def test_compatible_servers_may_say_success_otherwise(connection, peer, said):
    peer.route("POST", "/v1/track", said)
    perform(connection, "track", {"userId": "u", "event": "E"})


def test_200_that_says_it_failed_is_no_success(connection, peer):
    peer.route("POST", "/v1/track", Reply(json={"success": False, "message": "no such source"}))
    with pytest.raises(ResponseError, match="success is false"):
        perform(connection, "track", {"userId": "u", "event": "E"})


def test_400_and_429_are_errors_with_what_was_said(connection, peer):
    refusal = Reply(400, json={"success": False, "message": "malformed JSON"})
    peer.route("POST", "/v1/track", refusal, Reply(429, headers={"Retry-After": "2"}))
    with pytest.raises(ResponseError, match="malformed JSON"):
        perform(connection, "track", {"userId": "u", "event": "E"})
    with pytest.raises(ThrottledError) as caught:
        perform(connection, "track", {"userId": "u", "event": "E"})
    assert caught.value.retry_at is not None


def test_batch_arrives_whole_and_in_order(connection, peer):
    calls = [{"type": "track", "userId": f"u{n}", "event": "E"} for n in range(100)]
    perform(connection, "batch", {"batch": calls})
    [request] = peer.received("/v1/batch")
    assert request.json() == {"batch": calls}
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([{"userId": "u"}] * 2501, "2501 calls"),
        ([{"userId": "u" * 20_000}] * 30, "at most 2500 and 500000"),
        ([{"userId": "u"}, {"userId": "u" * 32_000}], "call 2 of the batch"),
    ],
)
def test_batch_that_segment_would_drop_in_silence_is_refused(connection, peer, calls, said):
    with pytest.raises(RequestError, match=said):
        perform(connection, "batch", {"batch": calls})
    assert peer.requests == ()


def test_there_is_no_identity_to_ask_for(connection, peer):
    assert connection.test() is None
    assert peer.requests == ()


def test_example_of_the_readme_is_true(connection, peer):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    local = code.replace("Host()", "Host(allow_private=['127.0.0.1'])")
    exec(local.replace("https://api.segment.io", peer.url), {})
    [request] = peer.received("/v1/track", "POST")
    assert request.json()["messageId"] == "m-1"


def deliver(connection, action, events):
    return connection.deliver(connection.destination.actions[action], events)


def test_events_are_delivered_in_batches_with_their_types_and_ids(connection, peer):
    events = [{"type": "track", **COMMON, **CALLS["track"], "messageId": f"m{n}"} for n in range(3)]
    events += [{"type": "page"}, {"type": "track", "userId": "u", "event": "E"}]
    outcomes = list(deliver(connection, "track", events))
    assert [o.kind for o in outcomes] == ["delivered"] * 3 + ["skipped", "delivered"]
    [request] = peer.received("/v1/batch")
    *first, last = request.json()["batch"]
    assert first == events[:3]
    assert len(last.pop("messageId")) == 36
    assert last == {"type": "track", "userId": "u", "event": "E"}


def test_batches_stay_within_the_limits_of_the_api(connection, peer):
    event = {"type": "track", "userId": "u", "event": "E", "properties": {"x": "y" * 20_000}}
    events = [event] * 60 + [{**event, "properties": {"x": "y" * 33_000}}]
    outcomes = list(deliver(connection, "track", events))
    assert [o.kind for o in outcomes] == ["delivered"] * 60 + ["rejected"]
    assert "at most 32000" in outcomes[-1].reason
    requests = peer.received("/v1/batch")
    assert len(requests) == 3
    assert max(len(request.body) for request in requests) <= 500_000


def test_a_batch_that_was_maybe_taken_is_sent_again_with_the_same_ids(connection, peer):
    peer.route("POST", "/v1/batch", Reply(hang_up=True), SUCCESS)
    [outcome] = deliver(connection, "track", [{"type": "track", "userId": "u", "event": "E"}])
    assert outcome.kind == "delivered"
    first, second = peer.received("/v1/batch")
    assert first.body == second.body


def answered(connection, peer, answer, count=3):
    peer.route("POST", "/v1/batch", answer)
    events = [
        {"type": "track", "event": "E", "userId": "u", "messageId": f"m-{n}"} for n in range(count)
    ]
    track = connection.destination.actions["track"]
    return [(each.kind, each.reason) for each in connection.deliver(track, events)]


def test_what_jitsu_did_not_take_of_a_batch_is_rejected(connection, peer):
    said = {
        "ok": False,
        "receivedEvents": 3,
        "okEvents": 2,
        "errors": ["Message ID: m-1: event error"],
    }
    assert answered(connection, peer, Reply(json=said)) == [
        ("delivered", ""),
        ("rejected", "event error"),
        ("delivered", ""),
    ]


def test_an_error_of_jitsu_that_names_no_event_leaves_the_others_uncertain(connection, peer):
    said = {"ok": False, "receivedEvents": 3, "okEvents": 2, "errors": ["panic"]}
    assert {kind for kind, _ in answered(connection, peer, Reply(json=said))} == {"uncertain"}


def test_rudderstack_answers_ok_as_text(connection, peer):
    answer = Reply(body=b"OK", headers={"Content-Type": "text/plain; charset=utf-8"})
    assert answered(connection, peer, answer, 1) == [("delivered", "")]
    [request] = peer.requests
    assert request.basic == ("wk-abc123", "")
