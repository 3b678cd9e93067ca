"""What workers make of the events of an outbox, seen at the receiver."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from portcall.errors import MappingError, SettingsError
from portcall.outbox import workers as workers_module
from portcall.testing import Reply


def event(name, **more):
    return {"type": "track", "event": name, **more}


def test_an_event_that_was_put_arrives_once(outbox, workers, sent):
    event_id = outbox.put("shop", action="track", event=event("a"))
    assert outbox.entry(event_id).state == "waiting"
    assert outbox.entry(event_id).event == event("a")
    assert workers().drain() == {"delivered": 1}
    assert sent == ["a"]
    entry = outbox.entry(event_id)
    assert (entry.state, entry.outcome, entry.attempts, entry.event) == (
        "delivered",
        "delivered",
        1,
        None,
    )
    assert workers().drain() == {}
    assert sent == ["a"]


def test_events_of_one_lane_go_in_batches(outbox, workers, sent, peer):
    ids = outbox.put_many("shop", "track", [event(f"e{n}") for n in range(12)])
    assert len(set(ids)) == 12
    workers().drain()
    assert sorted(sent) == sorted(f"e{n}" for n in range(12))
    assert [len(each.json()) for each in peer.requests] == [5, 5, 2]


@pytest.mark.parametrize(("quick_s", "sizes"), [(60.0, [2, 4, 8, 6]), (0.0, [2] * 10)])
def test_claims_grow_while_they_are_done_quickly(
    outbox, workers, sent, storage, monkeypatch, quick_s, sizes
):
    for name, value in (("FIRST_EVENTS", 2), ("MOST_EVENTS", 8), ("PER_CONNECTION", 1)):
        monkeypatch.setattr(workers_module, name, value)
    monkeypatch.setattr(workers_module, "QUICK_S", quick_s)
    seen = []
    claim = storage.claim
    monkeypatch.setattr(
        storage,
        "claim",
        lambda lane_id, most, *more: seen.append(most) or claim(lane_id, most, *more),
    )
    outbox.put_many("shop", "track", [event(f"e{n}") for n in range(sum(sizes))])
    assert workers().drain() == {"delivered": 20}
    assert seen[: len(sizes) - 1] == sizes[:-1]


def test_mapping_and_filter_go_with_the_event(outbox, workers, sent):
    outbox.put("shop", "one", event("a"), mapping={"name": {"@path": "$.messageId"}})
    outbox.put("shop", "one", event("b", messageId="m"), subscribe='event = "b"')
    outbox.put("shop", "one", event("c"), subscribe='event = "b"')
    outbox.put(
        "shop", "one", event("d", messageId="m-d"), mapping={"name": {"@path": "$.messageId"}}
    )
    assert workers().drain() == {"delivered": 2, "skipped": 1, "rejected": 1}
    assert sorted(sent) == ["b", "m-d"]
    [rejected] = outbox.entries(state="rejected")
    assert (rejected.event, rejected.field) == (event("a"), "name")
    assert "Name" in rejected.reason or "name" in rejected.reason


def test_what_can_never_be_delivered_is_refused_at_the_put(outbox):
    with pytest.raises(SettingsError, match="did you mean 'track'"):
        outbox.put("shop", "trak", event("a"))
    with pytest.raises(MappingError):
        outbox.put("shop", "track", event("a"), mapping={"name": {"@pth": "$.event"}})
    assert outbox.status().held_events == 0


def test_an_event_waits_until_it_is_due(outbox, workers, sent, clock):
    outbox.put("shop", "put", event("later"), due_at=datetime.now(UTC) + timedelta(seconds=60))
    outbox.put("shop", "put", event("now"))
    workers().drain()
    assert sent == ["now"]
    clock.passed_s += 61
    workers().drain()
    assert sent == ["now", "later"]


def test_events_that_are_due_earlier_go_first(outbox, workers, sent):
    now = datetime.now(UTC)
    for name, minutes in (("c", 1), ("a", 3), ("b", 2)):
        outbox.put("shop", "put", event(name), due_at=now - timedelta(minutes=minutes))
    workers(workers=1).drain()
    assert sent == ["a", "b", "c"]


def test_a_retry_is_a_due_time_and_no_sleeping_worker(outbox, workers, sent, clock):
    sent.answer = lambda _: Reply(503)
    event_id = outbox.put("shop", "put", event("a"))
    assert workers().drain() == {"retry": 1}
    entry = outbox.entry(event_id)
    assert (entry.state, entry.outcome, entry.attempts) == ("waiting", "retry", 1)
    assert "503" in entry.reason
    sent.answer = lambda _: Reply(204)
    assert workers().drain() == {}
    clock.passed_s += 1.1
    assert workers().drain() == {"delivered": 1}
    assert sent == ["a", "a"]


def test_an_event_is_a_dead_letter_after_its_attempts(outbox, workers, sent, clock):
    sent.answer = lambda _: Reply(503)
    event_id = outbox.put("shop", "put", event("a"))
    for _ in range(3):
        workers(attempts=3).drain()
        clock.passed_s += 61
    entry = outbox.entry(event_id)
    assert (entry.state, entry.attempts, entry.event) == ("dead", 3, event("a"))
    assert entry.reason.startswith("tried 3 times; ")
    sent.answer = lambda _: Reply(204)
    workers().drain()
    assert len(sent) == 3
    assert outbox.retry([event_id]) == 1
    workers().drain()
    assert outbox.entry(event_id).state == "delivered"


def test_an_event_is_a_dead_letter_when_it_is_too_old(outbox, workers, sent, clock):
    sent.answer = lambda _: Reply(503)
    event_id = outbox.put("shop", "put", event("a"))
    workers().drain()
    clock.passed_s += 3600
    workers().drain()
    assert outbox.entry(event_id).state == "dead"


def test_what_may_have_been_applied_is_uncertain_and_never_sent_again(outbox, workers, sent, clock):
    sent.answer = lambda _: Reply(500)
    event_id = outbox.put("shop", "one", event("a"))
    assert workers().drain() == {"uncertain": 1}
    clock.passed_s += 3600
    workers().drain()
    assert sent == ["a"]
    assert outbox.entry(event_id).state == "uncertain"


def test_events_with_one_key_go_in_the_order_of_their_puts(outbox, workers, sent, clock):
    def answer(name):
        return Reply(503) if name == "a1" and sent.count("a1") == 1 else Reply(204)

    sent.answer = answer
    for name in ("a1", "b1", "a2", "b2", "a3"):
        outbox.put("shop", "put", event(name), ordering_key=lambda each: each["event"][0])
    outbox.put("shop", "one", event("a4"), ordering_key="a")
    workers().drain()
    clock.passed_s += 2
    workers().drain()
    assert [name for name in sent if name[0] == "a"] == ["a1", "a1", "a2", "a3", "a4"]
    assert [name for name in sent if name[0] == "b"] == ["b1", "b2"]


def test_workers_that_run_find_events_at_once_and_end_in_good_order(outbox, workers, sent):
    stop = threading.Event()
    arrived = threading.Event()

    def answer(_):
        arrived.set()
        return Reply(204)

    sent.answer = answer
    thread = threading.Thread(target=workers().run, args=(stop,))
    thread.start()
    try:
        outbox.put("shop", "put", event("a"))
        assert arrived.wait(5)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert outbox.entries()[0].state == "delivered"
    assert outbox.status().counts["under_way"] == 0
