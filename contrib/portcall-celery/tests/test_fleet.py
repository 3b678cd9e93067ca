"""What a fleet of real worker processes delivers, as its receiver sees it."""

from __future__ import annotations

import json
import time
from threading import Event

import pytest

from portcall import Auth, OutboxEventError
from portcall.testing import Reply
from portcall_celery import DELIVER_DUE


def test_events_of_the_outbox_are_delivered_by_the_fleet(fleet):
    name = fleet.connection()
    fleet.host.outbox.put_many(name, "charge", fleet.people(200))
    fleet.wait_for(name, delivered=200)
    assert fleet.arrived(name) == fleet.once(200)


def test_a_task_with_events_returns_what_became_of_them(fleet):
    name = fleet.connection()
    task = fleet.tasks.deliver.delay(name, "charge", [{"name": "Ada"}, {"name": None}])
    assert task.get(timeout=60) == {"delivered": 1, "rejected": 1}
    assert fleet.arrived(name) == {f"{task.id}-0": 1}


def test_a_task_takes_a_mapping_and_a_subscription(fleet):
    name = fleet.connection()
    task = fleet.tasks.deliver.apply_async(
        (name, "charge", [{"type": "track", "who": "Ada"}, {"type": "page", "who": "Grace"}]),
        {"mapping": {"name": {"@path": "$.who"}, "id": "m"}, "subscribe": 'type = "track"'},
    )
    assert task.get(timeout=60) == {"delivered": 1, "skipped": 1}
    assert [each.json()["name"] for each in fleet.requests(name)] == ["Ada"]


def test_a_task_that_is_done_again_sends_nothing_again(fleet):
    name = fleet.connection()
    for _ in range(2):
        task = fleet.tasks.deliver.apply_async(
            (name, "charge", [{"name": "Ada"}]), task_id=f"t-{name}"
        )
        assert task.get(timeout=60) == {"delivered": 1}
    assert fleet.arrived(name) == {f"t-{name}-0": 1}


def test_a_message_has_the_name_of_a_connection_and_no_secret(quiet_fleet, broker):
    import redis

    name = quiet_fleet.connection(Auth(access_token="canary-51"))
    queue = f"queue-{name}"
    quiet_fleet.tasks.deliver_due.apply_async([name], queue=queue)
    quiet_fleet.tasks.deliver.apply_async((name, "charge", [{"name": "Ada"}]), queue=queue)
    with redis.Redis.from_url(broker.url) as client:
        messages = client.lrange(queue, 0, -1)
        client.delete(queue)
    sent = [json.loads(each) for each in messages]
    assert b"canary" not in b"".join(messages)
    assert {each["content-type"] for each in sent} == {"application/json"}
    assert DELIVER_DUE in {each["headers"]["task"] for each in sent}


def test_the_whole_fleet_refreshes_a_token_once(fleet):
    name = fleet.connection(Auth(access_token="old", refresh_token="r-1"))
    all_have_met_it = Event()

    def answer(request):
        if request.headers["Authorization"] == "Bearer new":
            return Reply(200)
        if len(fleet.pids(name)) >= 8:
            all_have_met_it.set()
        all_have_met_it.wait(20)
        return Reply(401)

    fleet.answer(name, answer)
    tokens = Reply(json={"access": "new", "refresh": "r-2"})
    fleet.peer.route("POST", f"/{name}/token", tokens, Reply(400))
    fleet.hand_over(name, "charge", fleet.people(120), tasks=40)
    fleet.wait_for(name, delivered=120)
    assert all_have_met_it.is_set()
    assert len(fleet.peer.received(f"/{name}/token")) == 1


def test_a_destination_that_serves_nothing_is_asked_by_one_worker_at_a_time(fleet):
    name = fleet.connection()
    serves = Event()
    fleet.answer(name, lambda _: Reply(200 if serves.is_set() else 503))
    fleet.hand_over(name, "rename", fleet.people(200), tasks=8)
    fleet.wait_until(lambda: len(fleet.times[name]) > 0, name)
    [first, *_] = fleet.times[name]
    fleet.wait_until(lambda: time.monotonic() > first + 3, name)
    assert len([at for at in fleet.times[name] if first + 0.5 < at < first + 3]) <= 4
    serves.set()
    fleet.wait_for(name, delivered=200)


@pytest.mark.parametrize("action", ["charge", "rename"])
def test_a_worker_killed_in_the_middle_loses_nothing_and_repeats_what_may_be(fleet, action):
    name = fleet.connection()
    fleet.host.outbox.put_many(name, action, fleet.people(20, "the last word"))
    fleet.wait_until(lambda: "m-20" in fleet.arrived(name), name)
    [last] = [each.json()["pid"] for each in fleet.requests(name) if each.json()["id"] == "m-20"]
    fleet.wait_for_death(last)
    fleet.end_leases(name)
    states = fleet.wait_for_end(name, 21)
    arrived = fleet.arrived(name)
    if action == "rename":
        assert states == {"delivered": 21}
        assert (arrived.keys(), arrived["m-20"]) == (fleet.once(21).keys(), 2)
    else:
        assert states.keys() == {"delivered", "uncertain"}
        assert arrived == fleet.once(21)


def test_an_event_that_cannot_be_delivered_takes_no_other_with_it(fleet):
    name = fleet.connection()
    fleet.answer(name, lambda request: Reply(422 if request.json()["name"] == "poison" else 200))
    fleet.host.outbox.put_many(name, "charge", fleet.people(20, None, "poison", {"a": 1}))
    assert fleet.wait_for_end(name, 23) == {"delivered": 20, "rejected": 3}
    assert len(fleet.requests(name)) in {21, 22}


def test_what_is_no_event_fails_its_task_and_leaves_the_others(fleet):
    name = fleet.connection()
    events = [{"messageId": "m-0", "name": "Ada"}, "no event"]
    [task] = fleet.hand_over(name, "charge", events)
    with pytest.raises(OutboxEventError, match="event 1 is a str"):
        task.get(timeout=60)
    assert fleet.arrived(name) == fleet.once(1)


def test_events_of_a_task_that_cannot_work_are_kept_as_dead_letters(fleet):
    name = fleet.connection()
    [task] = fleet.hand_over(name, "chrge", fleet.people(3))
    assert task.get(timeout=60) == {"rejected": 3}
    [reason] = {each.reason for each in fleet.host.outbox.entries(connection=name)}
    assert "charge" in reason


def is_under_way(fleet, name):
    """Return an event that is set when the first request of a connection arrives; each takes 10 ms."""
    seen = Event()
    fleet.answer(name, lambda _: seen.set() or time.sleep(0.01) or Reply(200))
    return seen


def test_a_worker_that_is_asked_to_end_finishes_what_it_is_at(fleet):
    name = fleet.connection()
    has_begun = is_under_way(fleet, name)
    with fleet.worker("--concurrency", "2", "-Q", "closing") as process:
        fleet.hand_over(name, "charge", fleet.people(600), tasks=2, queue="closing")
        assert has_begun.wait(60)
        process.terminate()
        assert process.wait(30) == 0
    fleet.wait_for(name, delivered=600)
    assert fleet.arrived(name) == fleet.once(600)


def test_the_database_may_be_restarted_in_the_middle(fleet, database):
    name = fleet.connection()
    has_begun = is_under_way(fleet, name)
    fleet.host.outbox.put_many(name, "charge", fleet.people(400))
    assert has_begun.wait(60)
    database.stop()
    database.start()
    fleet.end_leases(name)
    assert fleet.wait_for_end(name, 400).keys() <= {"delivered", "uncertain"}
    assert fleet.arrived(name) == fleet.once(400)
