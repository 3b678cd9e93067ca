"""What a fleet of real worker processes delivers, as its receiver sees it."""

from __future__ import annotations

import json
from collections import Counter

from portcall import Auth
from portcall_celery import DELIVER_DUE


def people(count, *names):
    rows = [f"person {number}" for number in range(count)] + [*names]
    return [{"messageId": f"m-{n}", "name": name} for n, name in enumerate(rows)]


def once(count):
    return Counter(f"m-{n}" for n in range(count))


def test_events_of_the_outbox_are_delivered_by_the_fleet(fleet):
    name = fleet.connection()
    fleet.host.outbox.put_many(name, "charge", people(200))
    fleet.wait_for(name, delivered=200)
    assert fleet.arrived(name) == once(200)


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
