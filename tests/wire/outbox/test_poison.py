"""An event whose sending ends its worker is a dead letter in the end, and takes no other event with it."""

import os
import signal
from collections import Counter
from threading import Event, Thread
from types import SimpleNamespace

import attrs
import pytest

from portcall import OutboxUnavailableError, Outcomes, RequestOptions, action, field, hookimpl, path
from portcall.outbox import MOST_LOST, SQLiteOutbox
from portcall.outbox.records import most_of
from portcall.testing import Reply
from portcall.testing.store_suite.children import KILLED, ended, fork

LEASE_S = 60.0


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Named:
    name: str = field(label="Name", default=path("$.event"))


def post(client, names):
    client.post("/track", json=names)
    if "poison" in names:
        os.kill(os.getpid(), signal.SIGKILL)


@action(title="Track", idempotent=True)
def track(client, payload: Named):
    post(client, [payload.name])


@track.batch(size=5)
def track_many(client, payloads):
    post(client, [each.name for each in payloads])
    return Outcomes.delivered(payloads)


@action(title="Send once")
def once(client, payload: Named):
    post(client, [payload.name])


SHOP = SimpleNamespace(
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    actions=hookimpl(lambda: [track, once]),
)


@pytest.fixture
def plugins():
    return {"shop": SHOP}


@pytest.fixture
def killed_workers(workers, clock):
    """Let one process after the other deliver what is due; return how many were killed before one was not."""

    def run():
        for killed in range(20):
            end = ended(fork(lambda: workers(lease_s=LEASE_S).drain()))
            if not end:
                return killed
            assert end == KILLED
            clock.passed_s += LEASE_S + 1.0
        raise AssertionError("workers are killed without end")

    return run


def events(*names):
    return [{"type": "track", "event": name} for name in names]


def test_a_poison_that_may_be_repeated_is_dead_after_so_many_workers_and_all_others_arrive(
    outbox, killed_workers, sent
):
    others = [f"e{number}" for number in range(600)]
    ids = outbox.put_many("shop", "track", events(*others[:300], "poison", *others[300:]))
    assert killed_workers() == MOST_LOST
    assert set(sent) == {"poison", *others}
    assert sent.counts["poison"] == MOST_LOST
    assert outbox.status().counts["delivered"] == 600
    [dead] = outbox.entries(state="dead")
    assert dead.id == ids[300]
    assert dead.event["event"] == "poison"
    assert dead.reason.startswith("5 workers ended, or were cut off, while they had it")


def test_two_poisons_and_events_beside_them_are_told_apart(outbox, killed_workers, sent):
    names = [f"e{number}" for number in range(60)]
    names[7] = names[9] = "poison"
    outbox.put_many("shop", "track", events(*names))
    assert killed_workers() <= 2 * MOST_LOST
    assert [each.event["event"] for each in outbox.entries(state="dead")] == ["poison", "poison"]
    assert outbox.status().counts["delivered"] == 58


def test_a_poison_that_must_not_be_repeated_is_uncertain_at_once(outbox, killed_workers, sent):
    outbox.put_many("shop", "once", events("a", "poison", "b"))
    assert killed_workers() == 1
    assert sent.counts == Counter(["a", "poison", "b"])
    assert [each.event["event"] for each in outbox.entries(state="uncertain")][-1] == "poison"
    assert outbox.entries(state="dead") == []


def test_nothing_else_is_sent_beside_an_event_that_is_sent_alone(
    outbox, workers, sent, storage, host, peer
):
    host.connections.create("other", "shop", {"endpoint": peer.url})
    outbox.put_many("shop", "track", events("suspect"))
    for lost in range(MOST_LOST - 1):
        [lane] = storage.ready()
        storage.claim(lane.id, 1, 1 << 20, 0.0, lost)
        storage.recover()
    outbox.put_many("other", "track", events(*[f"e{number}" for number in range(200)]))
    beside = []

    def answer(name):
        if name == "suspect":
            beside.append([each.counts["under_way"] for each in outbox.status().connections])
        return Reply(204)

    sent.answer = answer
    workers().drain()
    assert beside == [[0, 1]]
    assert outbox.status().counts["delivered"] == 201


def test_an_outbox_that_was_away_takes_nothing_from_workers_that_live(
    outbox, workers, storage, clock, monkeypatch, sent
):
    away, asked = Event(), Event()
    real = SQLiteOutbox.version

    def version(self):
        if away.is_set():
            asked.set()
            raise OutboxUnavailableError("the disk is away")
        return real(self)

    outbox.put_many("shop", "track", events("a"))
    claim = storage.claim(storage.ready()[0].id, 1, 1 << 20, LEASE_S)
    monkeypatch.setattr(SQLiteOutbox, "version", version)
    monkeypatch.setattr("portcall.outbox.worker_duties._LOOK_S", 0.02)
    stop = Event()
    thread = Thread(target=workers(lease_s=LEASE_S).run, args=(stop,))
    thread.start()
    away.set()
    assert asked.wait(5.0)
    clock.passed_s += LEASE_S + 1.0
    away.clear()
    outbox.put_many("shop", "track", events("b"))
    while not sent:
        stop.wait(0.01)
    stop.wait(0.1)  # time for several looks at leases that are over
    assert outbox.entry(claim.ids[0]).state == "under_way"
    stop.set()
    thread.join()
    storage.renew([claim.id], LEASE_S)
    assert storage.recover() == 0


@pytest.mark.parametrize(("lost", "most"), [(0, 4000), (1, 250), (2, 15), (3, 1), (4, 1)])
def test_a_claim_of_events_that_were_lost_is_smaller_each_time(lost, most):
    assert most_of(lost, 4000) == most
