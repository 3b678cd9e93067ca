"""Workers that hang, stand still or have another version of a plugin, and a broker that is restarted."""

from __future__ import annotations

import os
import signal
import time
from threading import Event

from portcall.testing import Reply


def test_a_worker_that_hangs_is_killed_and_what_it_had_is_uncertain(fleet):
    name = fleet.connection()
    fleet.host.outbox.put_many(name, "charge", fleet.people(0, "the endless word"))
    fleet.wait_until(lambda: fleet.requests(name), name)
    [pid] = fleet.pids(name)
    fleet.wait_for_death(pid)
    fleet.end_leases(name)
    assert fleet.wait_for_end(name, 1) == {"uncertain": 1}
    assert fleet.arrived(name) == fleet.once(1)


def test_a_worker_that_stood_still_while_its_lease_ended_sends_nothing_more(fleet):
    name = fleet.connection()
    stopped = []

    def answer(request):
        if not stopped:
            stopped.append(request.json()["pid"])
            os.kill(stopped[0], signal.SIGSTOP)
        return Reply(200)

    fleet.answer(name, answer)
    fleet.host.outbox.put_many(name, "charge", fleet.people(30))
    try:
        fleet.wait_until(lambda: stopped, name)
        fleet.end_leases(name)
        fleet.wait_for_end(name, 30)
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    assert fleet.wait_for_end(name, 30).keys() <= {"delivered", "uncertain"}
    assert fleet.arrived(name) == fleet.once(30)


def test_a_worker_with_another_version_of_a_plugin_refuses_by_name_what_does_not_fit(fleet):
    name = fleet.connection()
    mapping = {"name": {"@path": "$.name"}, "note": "n", "id": {"@path": "$.messageId"}}
    with fleet.worker("--concurrency", "1", "-Q", "old", FLEET_PLUGIN="old/cards.py"):

        def one_is_refused():
            """Send an event through each version; which of them claims it is chance."""
            for queue in ("old", "celery"):
                [task] = fleet.hand_over(
                    name, "charge", [{"name": "Ada"}], queue=queue, kwargs={"mapping": mapping}
                )
                task.get(timeout=60)
            return "rejected" in fleet.states(name)

        fleet.wait_until(one_is_refused, name)
    entries = fleet.host.outbox.entries(connection=name)
    assert {each.state for each in entries} == {"delivered", "rejected"}
    assert len(fleet.requests(name)) == len([e for e in entries if e.state == "delivered"])
    [reason] = {each.reason for each in entries if each.state == "rejected"}
    assert "`note` is not a field" in reason


def test_the_broker_may_be_restarted_in_the_middle(fleet, broker):
    name = fleet.connection()
    has_begun = Event()
    fleet.answer(name, lambda _: has_begun.set() or time.sleep(0.01) or Reply(200))
    fleet.host.outbox.put_many(name, "charge", fleet.people(400))
    assert has_begun.wait(60)
    broker.stop()
    fleet.host.outbox.put_many(name, "charge", fleet.people(500)[400:])
    broker.start()
    with fleet.worker("--concurrency", "2"):  # Celery 5.7.0's workers may end where Redis goes away
        fleet.wait_for(name, delivered=500)
    assert fleet.arrived(name) == fleet.once(500)
