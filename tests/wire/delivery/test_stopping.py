"""Deliveries that are stopped, heard by a journal, or as wide as the latency is worth."""

from threading import Event, Lock, Thread, enumerate as threads
from types import SimpleNamespace

import attrs
import pytest

from portcall import Host, Outcomes, RequestOptions, action, field, hookimpl, path
from portcall.testing import Reply

WAIT_S = 20
LATENCY_S = 0.03


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.text"))


@action(title="Post", subscribe='type = "track"')
def post(client, payload: Message):
    client.post("/messages", json={"text": payload.text})


@action(title="Post many", subscribe='type = "track"')
def post_many(client, payload: Message):
    client.post("/messages", json={"text": payload.text})


@post_many.batch(size=4)
def post_all(client, payloads):
    client.post("/batch", json=[payload.text for payload in payloads])
    return Outcomes.delivered(payloads)


@pytest.fixture
def connection(peer):
    hooks = {
        "auth_fields": lambda: Settings,
        "allowed_hosts": lambda: ["{endpoint}"],
        "extend_request": lambda settings: RequestOptions(base_url=settings.endpoint),
    }
    acme = SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})
    with Host(allow_private=["127.0.0.1"], plugins={"acme": acme}) as host:
        yield host.destination("acme").connect({"endpoint": peer.url})


def event(text, kind="track"):
    return {"type": kind, "text": text}


class Heard:
    """A journal that remembers, and looks at what the peer had received by then."""

    def __init__(self, peer):
        self.peer = peer
        self.lock = Lock()
        self.log = []

    def begun(self, indexes):
        with self.lock:
            self.log.append(("begun", tuple(indexes), len(self.peer.requests)))

    def ended(self, outcomes):
        with self.lock:
            said = tuple((outcome.index, outcome.kind) for outcome in outcomes)
            self.log.append(("ended", said, len(self.peer.requests)))


@pytest.mark.parametrize("workers", [1, 4, None])
def test_a_delivery_that_is_stopped_gives_an_outcome_for_every_event_it_read(
    connection, peer, workers
):
    begun, go_on, read = Event(), Event(), []

    def answer(_):
        begun.set()
        go_on.wait(WAIT_S)
        return Reply()

    def events():
        for number in range(1000):
            read.append(number)
            yield event(f"{number}")

    peer.route("POST", "/messages", answer)
    delivery = connection.deliver(post, events(), workers=workers)

    def stop():
        begun.wait(WAIT_S)
        delivery.stop()
        go_on.set()

    stopper = Thread(target=stop)
    stopper.start()
    outcomes = list(delivery)
    stopper.join()
    kinds = [outcome.kind for outcome in outcomes]
    assert [outcome.index for outcome in outcomes] == read
    assert len(read) < 20
    assert kinds.count("delivered") == len(peer.requests) >= 1
    assert set(kinds) <= {"delivered", "retry"}
    assert not [thread for thread in threads() if thread.name == "portcall-delivery"]


def test_who_waits_to_try_again_gives_up_when_the_delivery_is_stopped(connection, peer):
    refused = Event()

    def answer(_):
        refused.set()
        return Reply(429, headers={"Retry-After": "50"})

    peer.route("POST", "/messages", answer)
    delivery = connection.deliver(post, [event("a"), event("b")], workers=2)
    stopper = Thread(target=lambda: (refused.wait(WAIT_S), delivery.stop()))
    stopper.start()
    assert [outcome.kind for outcome in delivery] == ["retry", "retry"]
    stopper.join()


@pytest.mark.parametrize("workers", [1, 3])
def test_a_journal_hears_of_events_before_they_are_sent_and_of_all_their_outcomes(
    connection, peer, workers
):
    peer.route("POST", "/batch", lambda got: Reply(503 if "5" in got.json() else 200))
    events = [event("0"), event("1", "page"), *[event(f"{n}") for n in range(2, 7)], {"type": 1}]
    from portcall import Retry

    heard = Heard(peer)
    outcomes = connection.deliver(
        post_many, events, workers=workers, retry=Retry(attempts=1), journal=heard
    )
    kinds = {outcome.index: outcome.kind for outcome in outcomes}
    begun = [indexes for what, indexes, _ in heard.log if what == "begun"]
    ended = [said for what, said, _ in heard.log if what == "ended"]
    assert sorted(begun) == [(0, 2, 3, 4), (5, 6)]
    assert {index: kind for said in ended for index, kind in said} == {
        index: kinds[index] for indexes in begun for index in indexes
    }
    assert kinds[1] == "skipped"
    assert kinds[5] == kinds[6] == "retry"
    assert heard.log[0][2] == 0  # begun, and nothing had arrived there


def test_a_journal_that_cannot_write_ends_the_delivery_before_anything_is_sent(connection, peer):
    class Full:
        def begun(self, indexes):
            raise OSError(28, "No space left on device")

    for workers in (1, 2):
        with pytest.raises(OSError, match="No space"):
            list(connection.deliver(post, [event("a")], workers=workers, journal=Full()))
    assert peer.requests == ()


def most_at_once(connection, peer, answer_in_s, **options):
    lock, now, most, slow = Lock(), [0], [0], Event()

    def answer(_):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        slow.wait(answer_in_s)
        with lock:
            now[0] -= 1
        return Reply()

    peer.route("POST", "/messages", answer)
    events = [event(f"{number}") for number in range(120)]
    assert all(o.kind == "delivered" for o in connection.deliver(post, events, **options))
    return most[0]


def test_slow_answers_are_worth_many_workers_and_they_are_limited(connection, peer):
    assert 8 <= most_at_once(connection, peer, LATENCY_S, workers=None) <= 32


def test_without_a_word_events_go_one_by_one(connection, peer):
    assert most_at_once(connection, peer, 0) == 1
