"""The Segment HTTP API: what is taken, what becomes of it, and what is refused."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from portcall import OutboxFullError, OutboxUnavailableError
from portcall.outbox import Bounds, SQLiteOutbox
from portcall_server.ingest.calls import events_of
from portcall_server.ingest.clock_skew import read_time

NOW = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)
EVENT = {"userId": "ada", "event": "Ordered", "properties": {"total": 7}}


def _short(value):
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize("kind", ["track", "identify", "group", "page", "screen", "alias"])
def test_each_type_has_a_call_and_a_short_one(idle, kind):
    running = idle
    for path in (f"/v1/{kind}", f"/v1/{kind[0]}"):
        answer = running.call(path, EVENT)
        assert (answer.status, answer.json()) == (200, {"success": True})
    assert [each["type"] for each in running.waiting()] == [kind, kind]


def test_an_event_arrives_whole_at_its_destination(serve, receiver):
    running = serve()
    sent = {**EVENT, "messageId": "m-1", "context": {"ip": "198.51.100.7"}, "more": ["ü", None]}
    assert running.call("/v1/track", sent).status == 200
    [arrived] = running.arrived(1)
    assert {name: arrived[name] for name in sent} == sent
    assert arrived["type"] == "track"
    assert receiver.requests[-1].headers["x-api-key"] == "zq9-secret-zq9"


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_its_events_with_what_the_batch_says_of_each(idle, path):
    running = idle
    batch = [
        {**EVENT, "type": "track", "context": {"page": 1}},
        {"type": "identify", "userId": "ada"},
    ]
    context = {"library": {"name": "x"}, "page": 0}
    body = {"batch": batch, "context": context, "integrations": {"All": False}}
    assert running.call(path, body).status == 200
    first, second = running.waiting()
    assert first["context"] == {"library": {"name": "x"}, "page": 1}
    assert second["context"] == context
    assert first["integrations"] == second["integrations"] == {"All": False}


def test_a_key_may_stand_in_the_body_and_goes_no_further(idle):
    running = idle
    body = {**EVENT, "writeKey": "wk-for-tests-1234"}
    assert running.call("/v1/track", body, key=None).status == 200
    batch = {"writeKey": "wk-for-tests-1234", "batch": [{**body, "type": "track"}]}
    assert running.call("/v1/batch", batch, key=None).status == 200
    assert all("writeKey" not in each for each in running.waiting())


@pytest.mark.parametrize(
    "key", ["wrong-key-entirely", "", "wk-for-tests-123", "wk-for-tests-12345"]
)
def test_a_call_with_an_unknown_key_is_refused_before_its_body_is_read(idle, key):
    running = idle
    answer = running.call("/v1/track", b"not json", key=key)
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "unknown_write_key"
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert running.call("/v1/track", {**EVENT, "writeKey": key}, key=None).status == 401
    assert running.waiting() == []


def test_each_source_has_its_own_pipelines_and_keys_can_be_replaced(
    connected, serve, monkeypatch, tmp_path
):
    more = '[[pipelines.none.subscriptions]]\naction = "take"\nsubscribe = \'type = "page"\'\n'
    more += '[pipelines.none]\nconnection = "shop"\n'
    more += '[[source]]\nname = "mobile-app"\npipelines = ["none", "all"]\n'
    connected.path.write_text(connected.path.read_text() + more)
    (tmp_path / "key").write_text("old-key-0001\nnew-key-0002\n")
    monkeypatch.setenv("PORTCALL_SOURCE_MOBILE_APP_WRITE_KEY_FILE", f"{tmp_path / 'key'}")
    running = serve(workers=0)
    for key in ("old-key-0001", "new-key-0002"):
        assert running.call("/v1/page", {"userId": key}, key=key).status == 200
        assert running.call("/v1/track", {**EVENT, "userId": key}, key=key).status == 200
    assert running.call("/v1/page", {"userId": "web"}).status == 200
    found = [(each.pipeline, each.event["userId"]) for each in running.service.outbox.entries()]
    assert sorted(found) == [
        *[("all", each) for each in ["new-key-0002"] * 2 + ["old-key-0001"] * 2 + ["web"]],
        ("none", "new-key-0002"),
        ("none", "old-key-0001"),
    ]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "invalid_json"),
        (b"{", {}, 400, "invalid_json"),
        (b"[]", {}, 400, "invalid_json"),
        (b'{"a": NaN}', {}, 400, "invalid_json"),
        (b'{"a": "\xff"}', {}, 400, "invalid_json"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, {}, 400, "invalid_json"),
        (b'{"a": 1' + b"0" * 5000 + b"}", {}, 400, "invalid_json"),
        (b"{}", {"content_encoding": "gzip"}, 400, "invalid_gzip"),
        (gzip.compress(b"{}")[:-4], {"content_encoding": "gzip"}, 400, "invalid_gzip"),
        (b"{}", {"content_encoding": "br"}, 415, "unknown_encoding"),
        (gzip.compress(b" " * 50_000_000), {"content_encoding": "gzip"}, 413, "call_too_large"),
        (b" " * 512_001, {}, 413, "call_too_large"),
        (json.dumps({"a": "x" * 32_768}).encode(), {}, 413, "event_too_large"),
    ],
    ids=_short,
)  # fmt: skip
def test_a_body_that_cannot_be_used_is_refused_with_the_reason(idle, body, headers, status, code):
    running = idle
    answer = running.call("/v1/track", body, **headers)
    said = answer.json()
    assert (answer.status, said["success"], said["error"]["code"]) == (status, False, code)
    assert len(said["error"]["message"]) > 10
    assert running.waiting() == []


@pytest.mark.parametrize(
    ("batch", "status", "said"),
    [
        (None, 400, "called batch"),
        ([], 400, "called batch"),
        ([{"type": "track"}, 7], 400, "batch[1] must be a JSON object"),
        ([{"type": "track"}, {}], 400, "batch[1].type must be one of track, identify"),
        ([{"type": "delete"}], 400, "batch[0].type must be one of"),
        ([{"type": "track"}, {"type": "track", "x": "ä" * 20_000}], 413, "batch[1] is too large"),
        ([{"type": "track"}] * 2501, 413, "may have 2,500 events"),
    ],
    ids=_short,
)
def test_a_batch_with_one_event_that_cannot_be_used_is_refused_whole(idle, batch, status, said):
    running = idle
    answer = running.call("/v1/batch", json.dumps({"batch": batch}, ensure_ascii=False).encode())
    assert answer.status == status
    assert said in answer.json()["error"]["message"]
    assert running.waiting() == []


def test_a_compressed_batch_of_the_largest_size_is_taken(idle):
    running = idle
    batch = [{"type": "track", "event": f"e{n}", "x": "y" * 4500} for n in range(110)]
    body = gzip.compress(json.dumps({"batch": batch}).encode())
    assert running.call("/v1/batch", body, content_encoding="gzip").status == 200
    assert len(running.waiting()) == 110


def test_a_missing_message_id_is_made_and_one_that_comes_twice_is_kept_once(idle):
    running = idle
    for body in (EVENT, EVENT, {**EVENT, "messageId": ""}, {**EVENT, "messageId": 7}):
        assert running.call("/v1/track", body).status == 200
    for _ in range(3):
        assert running.call("/v1/track", {**EVENT, "messageId": "m-1"}).status == 200
    ids = [each["messageId"] for each in running.waiting()]
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # A clock that is ten minutes fast: sent two minutes after it happened.
        ({"timestamp": "2026-11-27T12:08:00Z", "sentAt": "2026-11-27T12:10:00Z"}, "11:58:00.000Z"),
        ({"timestamp": "2026-11-27T13:08:00+01:00", "sentAt": "2026-11-27T12:10:00Z"}, "11:58:00.000Z"),
        ({"originalTimestamp": "2026-11-27T11:00:00Z", "sentAt": "2026-11-27T12:00:00Z"}, "11:00:00.000Z"),
        ({"timestamp": "2026-11-27T10:00:00.123456Z"}, "10:00:00.123Z"),
        ({"sentAt": "2026-11-27T10:00:00Z"}, "12:00:00.000Z"),
        ({"timestamp": "yesterday", "sentAt": "2026-11-27T10:00:00Z"}, "12:00:00.000Z"),
        ({"timestamp": "0001-01-01T00:00:00Z", "sentAt": "9999-12-31T23:59:59Z"}, "12:00:00.000Z"),
        ({"timestamp": 7, "sentAt": []}, "12:00:00.000Z"),
        ({}, "12:00:00.000Z"),
    ],
)  # fmt: skip
def test_times_are_corrected_by_the_difference_of_the_clocks(times, expected):
    [event] = events_of("track", {**EVENT, **times}, 100, NOW)
    assert event["timestamp"] == f"2026-11-27T{expected}"
    assert event["receivedAt"] == "2026-11-27T12:00:00.000Z"
    given = times.get("originalTimestamp", times.get("timestamp"))
    assert event["originalTimestamp"] == (given or times.get("sentAt") or event["receivedAt"])


def test_the_time_of_a_batch_counts_for_its_events(idle):
    running = idle
    now = datetime.now(UTC)
    ahead = timedelta(hours=3)
    happened = (now + ahead - timedelta(minutes=5)).isoformat()
    batch = [{"type": "track", "timestamp": happened}]
    sent = {"batch": batch, "sentAt": (now + ahead).isoformat()}
    assert running.call("/v1/batch", sent).status == 200
    [event] = running.waiting()
    off = read_time(event["timestamp"]) - (now - timedelta(minutes=5))
    assert abs(off) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OutboxFullError("it holds too much"), 429, "outbox_full"),
        (OutboxUnavailableError("zq9-place is not there"), 503, "outbox_unavailable"),
    ],
)
def test_a_call_that_cannot_be_kept_is_asked_for_again(idle, monkeypatch, error, status, code):
    running = idle

    def refuse(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(running.service.outbox, "put_several", refuse)
        answer = running.call("/v1/track", EVENT)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    assert int(answer.headers["retry-after"]) > 0
    assert "zq9" not in answer.data.decode()
    assert running.call("/v1/track", EVENT).status == 200


def test_a_call_for_several_pipelines_is_kept_whole_or_not_at_all(connected, serve, monkeypatch):
    more = '[[pipelines.pages.subscriptions]]\naction = "take"\nsubscribe = \'type = "page"\'\n'
    more += '[pipelines.pages]\nconnection = "shop"\n'
    text = connected.path.read_text().replace('es = ["all"]', 'es = ["all", "pages"]')
    head, source = text.split("[[source]]")
    connected.path.write_text(f"{head}{more}[[source]]{source}")
    small = SQLiteOutbox(connected.path.with_name("small.sqlite3"), bounds=Bounds(events=5))
    monkeypatch.setattr("portcall_server.service.open_outbox", lambda _: small)
    running = serve(workers=0)
    call = {"batch": [{"type": "page"}, {"type": "track"}, {"type": "page"}]}  # five rows
    assert running.call("/v1/track", EVENT).status == 200
    answer = running.call("/v1/batch", call)
    assert (answer.status, answer.json()["error"]["code"]) == (429, "outbox_full")
    assert int(answer.headers["retry-after"]) > 0
    outbox = running.service.outbox
    [before] = outbox.entries()
    outbox.drop([before.id])
    assert running.call("/v1/batch", call).status == 200
    assert sorted(each.pipeline for each in outbox.entries()) == ["all"] * 3 + ["pages"] * 2


def test_many_senders_at_once_lose_nothing_and_share_syncs(serve):
    running = serve()
    with ThreadPoolExecutor(16) as threads:
        calls = [
            threads.submit(running.call, "/v1/batch", {
                "batch": [{"type": "track", "messageId": f"{n}-{m}"} for m in range(5)]
            })
            for n in range(40)
        ]  # fmt: skip
        assert {each.result().status for each in calls} == {200}
    assert len({each["messageId"] for each in running.arrived(200)}) == 200


def test_a_page_may_send_from_an_origin_that_the_source_names(connected, serve):
    text = connected.path.read_text().replace(
        'name = "web"', 'name = "web"\norigins = ["https://shop.example"]'
    )
    connected.path.write_text(text)
    running = serve(workers=0)
    asked = {"access_control_request_method": "POST", "key": None, "method": "OPTIONS"}
    allowed = running.call("/v1/t", b"", origin="https://shop.example", **asked)
    assert allowed.status == 204
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "content-type" in allowed.headers["access-control-allow-headers"]
    assert running.call("/v1/t", b"", origin="https://evil.example", **asked).status == 403
    sent = running.call("/v1/t", EVENT, origin="https://shop.example")
    assert (sent.status, sent.headers["access-control-allow-origin"]) == (
        200,
        "https://shop.example",
    )
    refused = running.call("/v1/t", EVENT, origin="https://evil.example")
    assert (refused.status, refused.json()["error"]["code"]) == (403, "origin_not_allowed")
    assert "basic" not in running.call("/v1/t", EVENT, key="no-such-key", origin="https://shop.example").headers[
        "www-authenticate"
    ].lower()  # fmt: skip
    assert len(running.waiting()) == 1


def test_analytics_js_is_told_to_send_here(idle):
    running = idle
    settings = running.call("/v1/projects/wk-for-tests-1234/settings", b"", key=None, method="GET")
    integration = settings.json()["integrations"]["Segment.io"]
    assert integration["apiHost"] == running.url.removeprefix("http://") + "/v1"
    assert integration["protocol"] == "http"
    assert (
        running.call("/v1/projects/other-key/settings", b"", key=None, method="GET").status == 401
    )
    assert running.call("/v1/m", {"series": []}, key=None).status == 200
    assert running.waiting() == []


def test_what_is_not_there_is_not_found(idle):
    running = idle
    assert running.call("/v1/nothing", EVENT).status == 404
    assert running.call("/v1/track", b"", method="GET").status == 405
