"""The outbox on PostgreSQL: within a program's transaction, by several processes, and through a restart."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import attrs
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from tests.realservers.relay import Relay

from portcall import Host, Outcomes, RequestOptions, Secret, action, field, hookimpl, path
from portcall.errors import OutboxFullError, OutboxUnavailableError, OutboxVersionError
from portcall.outbox import (
    Bounds,
    Lane,
    LeaseLostError,
    NewEvent,
    Outbox,
    Settlement,
    Wanted,
    Workers,
)
from portcall.testing import Reply
from portcall.testing.store_suite.children import all_well, fork
from portcall_postgres.outbox import PostgresOutbox
from portcall_postgres.outbox.puts import digest_of
from portcall_postgres.outbox.tables import STEPS

LANE = Lane(connection="shop", action="track")


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Named:
    name: str = field(label="Name", default=path("$.event"))


@action(title="Track", idempotent=True)
def track(client, payload: Named):
    client.post("/track", json=[payload.name])


@track.batch(size=10)
def track_many(client, payloads):
    client.post("/track", json=[each.name for each in payloads])
    return Outcomes.delivered(payloads)


SHOP = SimpleNamespace(
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    actions=hookimpl(lambda: [track]),
)


def event(name, **more):
    return NewEvent(data=json.dumps({"type": "track", "event": name}), **more)


def names(entries):
    return [entry.event["event"] for entry in entries]


@pytest.fixture
def storage(url):
    opened = PostgresOutbox(url)
    yield opened
    opened.close()


@pytest.fixture
def host(url, peer, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    peer.route("POST", "/track", lambda _: Reply(204))
    with Host(plugins={"shop": SHOP}, allow_private=["127.0.0.1"], outbox=url) as opened:
        opened.connections.create("shop", "shop", {"endpoint": peer.url})
        yield opened
        opened.outbox.close()


def take(storage, most=100, lease_s=60.0):
    """Claim what is due, and return the claim."""
    [ready] = storage.ready()
    return storage.claim(ready.id, most, 1 << 20, lease_s, ready.lost)


def deliver(storage, claim):
    storage.note(claim, [Settlement(ids=claim.ids, state="delivered")])
    storage.end(claim)


def test_the_url_of_a_host_finds_it(host, url):
    assert isinstance(host.outbox.storage, PostgresOutbox)
    with Outbox(url.replace("postgresql:", "postgres:")) as other:
        assert isinstance(other.storage, PostgresOutbox)


def test_an_event_is_kept_when_the_programs_own_transaction_is_committed(host, url):
    outbox = host.outbox
    with psycopg.connect(url, row_factory=dict_row) as mine:
        mine.execute("CREATE TABLE orders (number int)")
        mine.commit()
        mine.execute("INSERT INTO orders VALUES (1)")
        outbox.put("shop", "track", {"event": "rolled back"}, connection=mine)
        mine.rollback()
        assert outbox.entries() == []

        mine.execute("INSERT INTO orders VALUES (2)")
        event_id = outbox.put("shop", "track", {"event": "kept"}, connection=mine)
        assert mine.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
        assert outbox.entry(event_id) is None
        mine.commit()
        assert names(outbox.entries()) == ["kept"]
        assert mine.execute("SELECT number FROM orders").fetchall() == [{"number": 2}]
        assert Workers(host).drain() == {"delivered": 1}


def test_a_connection_that_commits_by_itself_needs_a_transaction(storage, url):
    with psycopg.connect(url, autocommit=True) as mine:
        with pytest.raises(OutboxUnavailableError, match=r"with connection\.transaction\(\)"):
            storage.add(LANE, [event("a")], mine)
        with mine.transaction():
            storage.add(LANE, [event("a"), event("b")], mine)
            raise psycopg.Rollback
        with mine.transaction():
            storage.add(LANE, [event("c")], mine)
    assert names(storage.entries(Wanted())) == ["c"]


def test_only_a_connection_to_the_database_of_the_outbox_is_taken(storage, server):
    with psycopg.connect(server.new_database()) as other:
        with pytest.raises(OutboxUnavailableError, match="another database"):
            storage.add(LANE, [event("a")], other)
        PostgresOutbox(server.url(other.info.dbname)).status()
        with pytest.raises(OutboxUnavailableError, match="another database"):
            storage.add(LANE, [event("a")], other)
    with pytest.raises(OutboxUnavailableError, match="psycopg 3, not str"):
        storage.add(LANE, [event("a")], "connection")


def test_a_put_that_is_refused_leaves_the_programs_transaction_as_it_is(url):
    storage = PostgresOutbox(url, bounds=Bounds(events=2))
    with psycopg.connect(url) as mine:
        mine.execute("CREATE TABLE orders (number int)")
        storage.add(LANE, [event("a"), event("b")], mine)
        with pytest.raises(OutboxFullError, match="2 events at most"):
            storage.add(LANE, [event("c")], mine)
        mine.execute("INSERT INTO orders VALUES (1)")
    assert names(storage.entries(Wanted())) == ["b", "a"]
    storage.close()


def test_programs_do_not_wait_for_a_transaction_that_has_put_and_not_ended(storage, url):
    with psycopg.connect(url) as mine:
        storage.add(LANE, [event("mine", message_id="m-1", ordering_key="k")], mine)
        others = PostgresOutbox(url, timeout_s=2.0)
        others.add(LANE, [event("theirs", message_id="m-2", ordering_key="k")])
        deliver(others, take(others))
        assert others.status().counts["delivered"] == 1
        others.close()


def test_a_message_is_kept_once_whichever_process_puts_it(storage, url):
    job = lambda: PostgresOutbox(url).add(  # noqa: E731
        LANE, [event(f"e{n}", message_id=f"m-{n}") for n in range(100)]
    )
    all_well([fork(job) for _ in range(4)])
    assert storage.status().counts["waiting"] == 100
    assert len(set(storage.add(LANE, [event("e1", message_id="m-1")] * 2))) == 1


def test_several_processes_share_the_events_and_none_has_two(storage, url, server):
    storage.add(LANE, [event(f"e{n}") for n in range(600)])
    server.run("CREATE TABLE taken (id bigint)", url)
    all_well([fork(lambda: _take_all(url)) for _ in range(4)])
    rows = server.run("SELECT count(*), count(DISTINCT id) FROM taken", url)
    assert rows == [(600, 600)]
    assert storage.status().counts["delivered"] == 600
    assert storage.status().held_events == 0


def _take_all(url):
    storage = PostgresOutbox(url)
    with psycopg.connect(url, autocommit=True) as session:
        while lanes := storage.ready():
            claim = storage.claim(lanes[0].id, 7, 1 << 20, 60.0)
            if claim is not None:
                ids = claim.ids
                session.execute("INSERT INTO taken SELECT unnest(%s::bigint[])", (ids,))
                deliver(storage, claim)


def test_events_with_one_key_go_one_after_the_other_whoever_takes_them(storage, url):
    keys = ("a", "b", "c")
    for number in range(60):
        storage.add(LANE, [event(str(number), ordering_key=keys[number % 3])])
    seen = {key: [] for key in keys}
    under_way = Counter()
    threads = [threading.Thread(target=_in_order, args=(url, seen, under_way)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place, key in enumerate(keys):
        assert seen[key] == list(range(place, 60, 3))
    assert not +under_way


def _in_order(url, seen, under_way):
    storage = PostgresOutbox(url)
    while storage.status().counts["waiting"] + storage.status().counts["under_way"]:
        for ready in storage.ready():
            claim = storage.claim(ready.id, 5, 1 << 20, 60.0)
            if claim is None:
                continue
            for each in json.loads(claim.data):
                number = int(each["event"])
                key = "abc"[number % 3]
                under_way[key] += 1
                assert under_way[key] == 1, "two events with one key are under way"
                seen[key].append(number)
                under_way[key] -= 1
            deliver(storage, claim)
    storage.close()


@pytest.mark.parametrize("several", [1, 2])
def test_an_event_is_kept_again_when_its_window_is_over(url, several):
    storage = PostgresOutbox(url, bounds=Bounds(window_s=60.0))
    events = [event(f"e{n}", message_id=f"m-{n}") for n in range(several)]
    first = storage.add(LANE, events)
    assert storage.add(LANE, events) == first
    storage.clock.advance_to(storage.clock.now_us() + 61_000_000)
    again = storage.add(LANE, events)
    assert len({*first, *again}) == 2 * several
    storage.close()


def test_two_that_put_the_same_messages_in_another_order_do_not_wait_for_each_other(storage, url):
    low, high = sorted((f"m-{n}" for n in range(2)), key=digest_of)
    with psycopg.connect(url) as mine, ThreadPoolExecutor(1) as threads:
        [first] = storage.add(LANE, [event("low", message_id=low)], mine)
        several = [event(name, message_id=name) for name in (high, low)]
        theirs = threads.submit(storage.add, LANE, several)
        _await(lambda: _waiting(mine) == 1)
        mine.execute("SET LOCAL lock_timeout = '100ms'")
        [second] = storage.add(LANE, [event("high", message_id=high)], mine)
        mine.commit()
        assert list(theirs.result(10)) == [second, first]


def test_a_release_holds_no_connection_while_it_waits_for_events(storage, url):
    [event_id] = storage.add(LANE, [event("a")])
    claim = take(storage)
    due_us = storage.clock.now_us() + 60_000_000
    storage.end(
        claim, [Settlement(ids=[event_id], state="waiting", outcome="retry", due_us=due_us)]
    )
    storage.park("shop", "enough")
    with psycopg.connect(url) as mine, ThreadPoolExecutor(1) as threads:
        mine.execute("SELECT 1 FROM portcall_outbox_events WHERE id = %s FOR UPDATE", (event_id,))
        released = threads.submit(storage.release, "shop")
        _await(lambda: _waiting(mine) == 1)
        mine.execute("SELECT 1 FROM portcall_outbox_connections FOR UPDATE NOWAIT")
        mine.rollback()
        assert released.result(10)
    assert storage.entry(event_id).due_at.timestamp() * 1e6 < due_us


def test_a_claim_that_ends_with_several_outcomes_locks_what_comes_next_in_its_order(storage, url):
    keys = ("x", "y")
    ids = storage.add(LANE, [event(key, ordering_key=key) for key in (*keys, *keys)])
    claim = take(storage)
    assert list(claim.ids) == list(ids[:2])
    outcomes = [
        Settlement(ids=[ids[1]], state="delivered"),
        Settlement(ids=[ids[0]], state="rejected"),
    ]
    lock = "SELECT 1 FROM portcall_outbox_events WHERE id = %s FOR UPDATE"
    with psycopg.connect(url) as mine, ThreadPoolExecutor(1) as threads:
        mine.execute(lock, (ids[2],))
        ended = threads.submit(storage.end, claim, outcomes)
        _await(lambda: _waiting(mine) == 1)
        mine.execute(f"{lock} NOWAIT", (ids[3],))
        mine.rollback()
        ended.result(10)
    assert list(take(storage).ids) == list(ids[2:])


def _waiting(session):
    [(count,)] = session.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall()
    return count


def test_events_behind_one_another_are_looked_at_once(storage):
    storage.add(LANE, [event(str(n), ordering_key="k") for n in range(2000)])
    started = time.monotonic()
    claim = take(storage, 10)
    assert [each["event"] for each in json.loads(claim.data)] == ["0"]
    assert take(storage, 10) is None
    assert time.monotonic() - started < 5
    assert storage.ready() == []
    deliver(storage, claim)
    assert [each["event"] for each in json.loads(take(storage).data)] == ["1"]


def test_a_worker_whose_lease_is_over_has_lost_its_events(storage):
    storage.add(LANE, [event("sent"), event("not sent")])
    late = take(storage, lease_s=0.0)
    storage.note(late, [], [late.ids[0]])
    assert storage.recover() == 2
    states = {entry.event["event"]: entry.state for entry in storage.entries(Wanted())}
    assert states == {"sent": "uncertain", "not sent": "waiting"}
    with pytest.raises(LeaseLostError):
        storage.note(late, [], [late.ids[1]])
    storage.note(late, [Settlement(ids=[late.ids[0]], state="delivered")])  # its answer came
    assert storage.entry(late.ids[0]).state == "delivered"


def test_the_time_is_the_servers(storage, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    storage.add(LANE, [event("a", due_us=storage.clock.now_us() + 60_000_000)])
    assert storage.ready() == []
    assert 50_000_000 < storage.next_due_us() - storage.clock.now_us() <= 60_000_000
    assert storage.clock.now_us() > 1_700_000_000_000_000


def test_texts_that_postgresql_cannot_hold_lose_nothing(storage):
    odd = "\0 \ud800 '; --"
    [event_id] = storage.add(LANE, [event("a", message_id=odd, ordering_key=odd)])
    assert storage.add(LANE, [event("a", message_id=odd)]) == [event_id]
    claim = take(storage)
    storage.note(claim, [Settlement(ids=[event_id], state="rejected", reason=odd, field=odd)])
    assert "'; --" in storage.entry(event_id).reason


def test_an_outbox_that_is_full_says_so_to_every_process(url):
    bounds = Bounds(events=10)
    first, second = (PostgresOutbox(url, bounds=bounds) for _ in range(2))
    first.add(LANE, [event(f"e{n}") for n in range(10)])
    with pytest.raises(OutboxFullError, match="10 events at most") as caught:
        second.add(LANE, [event("more")])
    assert (caught.value.events, caught.value.size_bytes > 0) == (10, True)
    deliver(first, take(first))
    second.add(LANE, [event("more")])
    first.close()
    second.close()


def test_no_word_of_the_password_is_shown(server):
    wrong = PostgresOutbox(server.loopback_url(password="sesame open"))
    for use in (lambda: wrong.add(LANE, [event("a")]), wrong.status, wrong.ready, wrong.version):
        with pytest.raises(
            OutboxUnavailableError, match="password authentication failed"
        ) as caught:
            use()
        assert "sesame" not in f"{caught.value} {caught.value.__cause__} {wrong!r} {wrong.place}"
    with pytest.raises(OutboxUnavailableError, match="cannot be read") as caught:
        PostgresOutbox(Secret("postgres//sesame open"))
    assert "sesame" not in str(caught.value)


def test_newer_tables_are_refused_and_not_touched(storage, server, url):
    storage.add(LANE, [event("a")])
    server.run(f"UPDATE portcall_outbox SET version = {len(STEPS) + 1}", url)
    newer = PostgresOutbox(url)
    with pytest.raises(OutboxVersionError, match="version 5, and this portcall-postgres knows 4"):
        newer.add(LANE, [event("b")])
    assert server.run("SELECT count(*) FROM portcall_outbox_events", url) == [(1,)]


def test_the_rows_of_an_older_version_are_delivered_once(host, server, url, peer):
    with psycopg.connect(url, autocommit=True) as db:
        db.execute((Path(__file__).parent / "outbox_version_1.sql").read_bytes())
        past = "(extract(epoch FROM now()) - 300)::bigint * 1000000 - 1795835261000000"
        db.execute(
            f"UPDATE portcall_outbox_events SET put_us = put_us + {past}, due_us = due_us + {past}, "
            f"ended_us = ended_us + {past}"
        )
        db.execute(f"UPDATE portcall_outbox_claims SET until_us = until_us + {past}")
    outbox, arrived = host.outbox, []

    def receive(request):
        arrived.extend(request.json())
        return Reply(204)

    peer.route("POST", "/track", receive)
    before = {each.id: (each.state, each.attempts) for each in outbox.entries()}
    assert before == {
        1: ("delivered", 1),
        2: ("rejected", 1),
        3: ("waiting", 2),
        4: ("under_way", 0),
        5: ("under_way", 0),
        6: ("waiting", 0),
        7: ("waiting", 0),
        8: ("waiting", 0),
    }
    assert outbox.status().schema_version == len(STEPS)
    now_us = outbox.storage.clock.now_us()
    ended = {(state, number) for state, _, number in outbox.storage.ended(0, now_us + 1, 1)}
    assert ended == {("delivered", 1), ("rejected", 1)}
    again = [
        {"type": "track", "event": each, "messageId": each}
        for each in ("m-delivered", "m-waiting", "m-new")
    ]
    assert outbox.put_many("shop", "track", again)[:2] == [1, 8]

    assert Workers(host).drain() == {"delivered": 6}
    assert Counter(arrived) == Counter(
        ["retried", "claimed", "first of order", "second of order", "waiting", "m-new"]
    )
    assert arrived.index("first of order") < arrived.index("second of order")
    assert outbox.entry(5).state == "uncertain"
    assert outbox.entry(2).reason == "no such user"
    assert Workers(host).drain() == {}


@pytest.fixture
def relay(server):
    with Relay(server.loopback_url()) as opened:
        yield opened


@pytest.fixture
def relayed(relay, server, url):
    """The outbox behind the relay, and its lane is known."""
    database = conninfo_to_dict(url)["dbname"]
    direct = server.loopback_url(database)
    port = conninfo_to_dict(direct)["port"]
    behind = make_conninfo(direct, port=urlsplit(relay.url).port)
    assert str(port) not in behind
    opened = PostgresOutbox(behind, timeout_s=1.0)
    opened.add(LANE, [event("before")])
    yield opened
    opened.close()


@pytest.mark.parametrize("count", [1, 3])
def test_a_put_whose_answer_was_lost_is_kept_once(relay, relayed, storage, count):
    relay.drop_answer(b"COMMIT\0" if count > 1 else b"INSERT INTO")
    ids = relayed.add(LANE, [event(f"e{number}") for number in range(count)])
    assert relay.arrived.is_set()
    entries = storage.entries(Wanted())
    assert sorted(names(entries)) == sorted(["before", *(f"e{number}" for number in range(count))])
    assert sorted(each.id for each in entries)[1:] == sorted(ids)
    assert storage.status().counts["waiting"] == count + 1


def test_a_put_whose_answer_stays_away_says_that_it_may_be_kept(relay, relayed, storage):
    relay.drop_answer(b"COMMIT\0")
    with ThreadPoolExecutor(1) as threads:
        put = threads.submit(relayed.add, LANE, [event("a"), event("b", message_id="m-b")])
        assert relay.arrived.wait(5.0)
        relay.close()
        with pytest.raises(OutboxUnavailableError, match="may have been kept") as caught:
            put.result()
    assert caught.value.may_be_kept
    assert "messageId" in str(caught.value)
    assert names(storage.entries(Wanted())) == ["b", "a", "before"]
    storage.add(LANE, [event("b", message_id="m-b")])
    assert len(storage.entries(Wanted())) == 3


def test_a_put_to_a_server_that_was_never_reached_is_not_kept():
    with socket.socket() as bound:  # which does not listen
        bound.bind(("127.0.0.1", 0))
        away = PostgresOutbox(f"postgres://x@127.0.0.1:{bound.getsockname()[1]}/x")
        with pytest.raises(OutboxUnavailableError) as caught:
            away.add(LANE, [event("a")])
    assert not caught.value.may_be_kept


def test_many_processes_may_be_the_first(url):
    all_well([fork(lambda: PostgresOutbox(url).add(LANE, [event("a")])) for _ in range(6)])
    assert PostgresOutbox(url).status().counts["waiting"] == 6


def test_nothing_is_lost_when_the_server_is_restarted_in_the_middle(host, server, peer):
    arrived = Counter()
    lock = threading.Lock()

    def receive(request):
        with lock:
            arrived.update(request.json())
        return Reply(204)

    peer.route("POST", "/track", receive)
    stop = threading.Event()
    deliverer = threading.Thread(target=Workers(host, lease_s=6.0).run, args=(stop,))
    deliverer.start()
    kept = []

    def produce():
        for number in range(300):
            while True:
                try:
                    host.outbox.put(
                        "shop", "track", {"event": str(number), "messageId": f"m-{number}"}
                    )
                except OutboxUnavailableError:
                    time.sleep(0.05)  # the server is away
                else:
                    kept.append(str(number))
                    break

    producer = threading.Thread(target=produce)
    producer.start()
    _await(lambda: len(arrived) >= 50)
    server.stop()
    server.start()
    producer.join()
    _await(lambda: len(arrived) == 300)
    _await(lambda: host.outbox.status().held_events == 0)
    stop.set()
    deliverer.join()
    assert sorted(arrived) == sorted(kept)
    assert sum(arrived.values()) == 300  # outcomes were written down when the server was back


def test_the_examples_of_the_readme_run(url, host, monkeypatch):
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE TABLE orders (number int)")
    monkeypatch.setattr("portcall.Host", lambda outbox: host)
    for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        exec(block.replace("postgres://portcall@db.internal/portcall", url), {})
    assert names(host.outbox.entries()) == ["Order Completed"]


def _await(is_so, timeout_s=60.0):
    ends = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < ends, "it takes too long"
        time.sleep(0.01)
