"""One connection that serves nothing, or wants authorization, never holds up another; nothing is lost."""

import socket
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from portcall import Secret
from portcall.errors import (
    OutboxEventError,
    OutboxFullError,
    OutboxUnavailableError,
    OutboxVersionError,
    SettingsError,
)
from portcall.outbox import Bounds, Clock, Lane, NewEvent, Outbox, Settlement, SQLiteOutbox, Wanted
from portcall.testing import Reply


def event(name, **more):
    return {"type": "track", "event": name, **more}


@pytest.fixture
def other(host, peer, sent):
    host.connections.create("other", "shop", {"endpoint": peer.url, "key": "other-key"})
    return "other"


@pytest.fixture
def closed_port():
    """A port at which a connection is refused: it is bound, and no one listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_connection_that_is_down_holds_up_no_other(
    outbox, workers, other, host, sent, closed_port, clock
):
    host.connections.create("down", "shop", {"endpoint": f"http://127.0.0.1:{closed_port}"})
    outbox.put_many("down", "put", [event(f"d{n}") for n in range(20)])
    outbox.put_many("other", "put", [event(f"o{n}") for n in range(5)])
    workers().drain()
    assert sorted(sent) == [f"o{n}" for n in range(5)]
    status = {each.name: each for each in outbox.status().connections}
    assert status["down"].failures == 1
    assert status["down"].retry_at is not None
    assert status["down"].trouble
    tried = [entry for entry in outbox.entries(connection="down") if entry.attempts]
    assert len(tried) <= 8, (
        "the first failure ends the claim, and only what was under way was tried"
    )
    assert status["other"].failures == 0


def test_a_connection_that_fails_is_asked_with_one_event_until_it_serves(
    outbox, workers, sent, clock
):
    sent.answer = lambda _: Reply(503)
    outbox.put_many("shop", "put", [event(f"e{n}") for n in range(10)])
    workers(workers=1).drain()
    assert len(sent) == 1
    clock.passed_s += 0.6
    workers(workers=1).drain()
    assert len(sent) == 2
    sent.answer = lambda _: Reply(204)
    clock.passed_s += 3600
    workers().drain()
    assert outbox.status().counts["delivered"] == 10
    assert outbox.status().connections[0].failures == 0


def test_the_instant_that_a_destination_names_is_waited_for_by_all_of_its_events(
    outbox, workers, sent, clock
):
    sent.answer = lambda _: Reply(429, headers={"Retry-After": "30"})
    outbox.put_many("shop", "put", [event("a"), event("b")])
    workers(workers=1).drain()
    assert len(sent) == 1
    sent.answer = lambda _: Reply(204)
    clock.passed_s += 25
    workers(workers=1).drain()
    assert len(sent) == 1
    clock.passed_s += 10
    workers(workers=1).drain()
    assert len(sent) == 3


def test_refused_credentials_park_the_events_and_a_new_record_releases_them(
    outbox, workers, host, sent, other
):
    sent.answer = lambda _: Reply(401)
    event_id = outbox.put("shop", "put", event("a"))
    workers().drain()
    entry = outbox.entry(event_id)
    assert (entry.state, entry.outcome, entry.attempts) == ("waiting", "reauthorize", 0)
    parked = next(each for each in outbox.status().connections if each.name == "shop")
    assert parked.parked
    assert parked.wants_authorization
    sent.answer = lambda _: Reply(204)
    outbox.put("other", "put", event("b"))
    workers().drain()
    assert sent[-1] == "b"
    assert outbox.entry(event_id).state == "waiting"
    connections = host.connections
    connections.store.replace(connections["shop"], generation=connections["shop"].generation)
    workers().drain()
    assert outbox.entry(event_id).state == "delivered"


def test_an_operator_parks_and_releases(outbox, workers, sent):
    outbox.park("shop", "the shop is being moved")
    outbox.put("shop", "put", event("a"))
    assert workers().drain() == {}
    assert outbox.status().connections[0].parked == "the shop is being moved"
    assert outbox.release("shop")
    assert workers().drain() == {"delivered": 1}


def test_a_connection_that_was_deleted_parks_its_events(outbox, workers, host, peer, sent):
    event_id = outbox.put("shop", "put", event("a"))
    host.connections.delete("shop")
    workers().drain()
    assert outbox.entry(event_id).state == "waiting"
    assert "shop" in outbox.status().connections[0].parked
    host.connections.create("shop", "shop", {"endpoint": peer.url})
    workers().drain()
    assert sent == ["a"]


def test_the_key_of_an_event_is_the_same_at_every_attempt(outbox, workers, sent, peer, clock):
    sent.answer = lambda _: Reply(500)
    outbox.put("shop", "pay", event("a"))
    workers().drain()
    sent.answer = lambda _: Reply(204)
    clock.passed_s += 61
    workers().drain()
    keys = [each.headers["Idempotency-Key"] for each in peer.requests]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_clock_that_is_set_back_delays_nothing(outbox, workers, sent, clock):
    sent.answer = lambda _: Reply(503)
    outbox.put("shop", "put", event("retried"))
    workers().drain()
    sent.answer = lambda _: Reply(204)
    clock.ahead_s -= 7200
    outbox.put("shop", "put", event("new"))
    clock.passed_s += 2
    workers().drain()
    assert sorted(sent) == ["new", "retried", "retried"]


def test_a_process_that_starts_after_the_clock_was_set_back_goes_on_in_time(
    outbox, workers, sent, clock, tmp_path
):
    outbox.put("shop", "put", event("a"))
    clock.ahead_s -= 7200
    late = SQLiteOutbox(tmp_path / "outbox.sqlite3", clock=Clock(clock.wall, clock.monotonic))
    assert [each.lane.connection for each in late.ready()] == ["shop"]
    late.close()


def test_what_is_no_json_object_is_refused_by_its_place(outbox):
    for wrong, said in (
        (["a"], "event 0 is a list"),
        (event("a", amount=float("nan")), "event 0 is not a JSON object"),
        (event("a", token=Secret("s3cret")), "a secret"),
        (event("a" * (1 << 20)), "at most 1,048,576"),
    ):
        with pytest.raises(OutboxEventError, match=said) as caught:
            outbox.put("shop", "put", wrong)
        assert "s3cret" not in str(caught.value)
    assert outbox.status().held_events == 0


def test_no_secret_stands_in_the_file(outbox, workers, sent, storage, tmp_path):
    sent.answer = lambda _: Reply(400, body=b"the key k3y-s3cret is wrong")
    outbox.put("shop", "put", event("a"))
    workers().drain()
    storage.close()
    written = b"".join(each.read_bytes() for each in tmp_path.glob("outbox.sqlite3*"))
    assert b"k3y-s3cret" not in written


def test_a_full_disk_takes_nothing_and_loses_nothing(tmp_path, monkeypatch):
    storage = SQLiteOutbox(tmp_path / "small.sqlite3")
    lane = Lane(connection="shop", action="put")
    ids = storage.add(lane, [NewEvent(data='{"event":"kept"}')])
    with storage._file._opening:
        storage._file._writer.execute("PRAGMA max_page_count = 40")
    with pytest.raises(OutboxFullError, match="disk is full"):
        storage.add(lane, [NewEvent(data='{"event":"%s"}' % ("x" * 900)) for _ in range(400)])
    assert storage.status().held_events == 1
    claim = storage.claim(storage.ready()[0].id, 10, 1 << 20, 60.0)
    assert list(claim.ids) == list(ids)
    storage.close()


def test_a_bound_is_named_and_a_delivery_makes_room(host, shop, tmp_path, workers, sent):
    small = Outbox(SQLiteOutbox(tmp_path / "o.sqlite3", bounds=Bounds(size_bytes=100)), host)
    small.put("shop", "put", event("a" * 40))
    with pytest.raises(OutboxFullError, match="100 bytes of events at most") as caught:
        small.put("shop", "put", event("b" * 40))
    assert caught.value.events == 1
    workers(outbox=small).drain()
    small.put("shop", "put", event("b" * 40))
    small.close()


def test_a_newer_outbox_and_another_database_are_refused_by_name(tmp_path):
    newer, other = tmp_path / "newer.sqlite3", tmp_path / "other.sqlite3"
    SQLiteOutbox(newer).status()
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(OutboxVersionError, match="schema version 99, and this portcall knows 4"):
        SQLiteOutbox(newer).status()
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    with pytest.raises(OutboxVersionError, match="a database of another program"):
        SQLiteOutbox(other).status()
    (tmp_path / "text").write_text("no database at all, but a text of some length" * 100)
    with pytest.raises(OutboxUnavailableError, match="text"):
        SQLiteOutbox(tmp_path / "text").status()


def test_connections_that_read_keep_few_pages_however_many_there_are(storage, monkeypatch):
    kept = []
    connect = sqlite3.connect

    def connecting(*given, **named):
        kept.append(connect(*given, **named))
        return kept[-1]

    monkeypatch.setattr(sqlite3, "connect", connecting)
    storage.add(Lane(connection="shop", action="put"), [NewEvent(data="{}")])
    storage.status()
    storage.version()
    sizes = sorted(-each.execute("PRAGMA cache_size").fetchone()[0] for each in kept)
    assert sizes == [
        4096,
        4096,
        32768,
    ]  # KiB: one that reads, one that watches, and the one that writes


def test_an_outbox_of_an_older_version_is_brought_up_to_date(tmp_path):
    place, lane = tmp_path / "o.sqlite3", Lane(connection="shop", action="put")
    older = SQLiteOutbox(place)
    ids = older.add(lane, [NewEvent(data="{}"), NewEvent(data="{}")])
    claim = older.claim(older.ready()[0].id, 1, 1 << 20, 60.0)
    older.end(claim, [Settlement(ids=ids[:1], state="rejected", reason="no")])
    older.close()
    with sqlite3.connect(place) as db:
        for what in (
            "TABLE exchanges",
            "TABLE outcomes",
            "TABLE suspects",
            "INDEX events_failed",
        ):
            db.execute(f"DROP {what}")
        db.execute("PRAGMA user_version = 1")
    db.close()
    newer = SQLiteOutbox(place)
    assert [newer.entry(each).state for each in ids] == ["rejected", "waiting"]
    assert newer.status().schema_version == 4
    assert newer.ended(0, newer.clock.now_us() + 1, 1) == [("rejected", 0, 1)]
    newer.close()


def test_last_requests_that_an_older_version_did_not_count_are_counted(tmp_path):
    place = tmp_path / "o.sqlite3"
    older = SQLiteOutbox(place)
    ids = older.add(Lane(connection="shop", action="put"), [NewEvent(data="{}")])
    claim = older.claim(older.ready()[0].id, 1, 1 << 20, 60.0)
    older.end(claim, [Settlement(ids=ids, state="rejected", exchange='{"error": "no"}')])
    older.close()
    with sqlite3.connect(place) as db:
        db.execute("UPDATE outbox SET held_bytes = 2")
        db.execute("PRAGMA user_version = 3")
    db.close()
    newer = SQLiteOutbox(place)
    assert newer.status().held_bytes == 2 + len('{"error": "no"}')
    newer.close()


def test_delivered_events_are_forgotten_after_the_retention_and_dead_letters_are_not(
    outbox, workers, sent, storage, clock
):
    sent.answer = lambda name: Reply(204 if name == "a" else 400)
    delivered, rejected = (outbox.put("shop", "put", event(name)) for name in "ab")
    workers().drain()
    clock.passed_s += 7 * 86_400 + 1
    assert storage.purge() == 1
    assert outbox.entry(delivered) is None
    assert outbox.entry(rejected).state == "rejected"
    assert outbox.status().counts["delivered"] == 0


def test_an_event_is_taken_again_when_its_window_is_over(outbox, workers, sent, clock):
    first = outbox.put("shop", "put", event("a", messageId="m-1"))
    assert outbox.put("shop", "put", event("a", messageId="m-1")) == first
    clock.passed_s += 86_401
    assert outbox.put("shop", "put", event("a", messageId="m-1")) != first


def test_many_threads_put_at_once_and_share_what_waits_for_the_disk(outbox, storage):
    ids = []

    def put(number):
        ids.append(outbox.put("shop", "put", event(f"e{number}")))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(ids)) == sorted(ids)
    assert len(storage.entries(Wanted(limit=50))) == 32


def test_entries_are_found_by_what_is_asked_for(outbox, workers, sent):
    sent.answer = lambda name: Reply(204 if name == "a" else 400)
    ids = [outbox.put("shop", "put", event(name, messageId=f"m-{name}")) for name in "abc"]
    workers().drain()
    outbox.put("shop", "one", event("d"))
    assert [each.id for each in outbox.entries(state="rejected")] == [ids[2], ids[1]]
    assert [each.id for each in outbox.entries(state="rejected", before=ids[2])] == [ids[1]]
    assert [each.id for each in outbox.entries(message_id="m-a")] == [ids[0]]
    assert [each.action for each in outbox.entries(state=["waiting", "under_way"])] == ["one"]
    assert len(outbox.entries(reason="400")) == 2
    assert outbox.entries(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert len(outbox.entries(limit=2)) == 2
    with pytest.raises(SettingsError, match="there is no state 'waitin'"):
        outbox.entries(state="waitin")
