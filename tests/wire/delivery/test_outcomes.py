"""From events to outcomes, against a peer that answers by script."""

import json
from datetime import datetime, timedelta
from threading import Barrier, enumerate as threads
from time import monotonic
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portcall import (
    Auth,
    Host,
    Outcome,
    Outcomes,
    RequestOptions,
    Secret,
    SettingsError,
    SubscriptionError,
    action,
    field,
    hookimpl,
    is_not,
    path,
)
from portcall.testing import Peer, Reply

KINDS = {"delivered", "skipped", "retry", "rejected", "reauthorize", "uncertain"}


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key", default="key-7f3a9b")


@attrs.frozen
class Message:
    channel: str = field(label="Channel", default=path("$.channel"))
    text: str = field(label="Text", default=path("$.text"))


def poster(**options):
    @action(title="Post", subscribe='type = "track"', **options)
    def post(client, payload: Message):
        client.post("/messages", json={"text": payload.text})

    return post


def batched(*, answer=None, to=None, **limits):
    post = poster()

    @post.batch(**{"size": 10, **limits})
    def post_all(client, payloads):
        texts = [payload.text for payload in payloads]
        response = client.post(to or "/batch", json={"items": texts})
        return answer(response.json()) if answer else Outcomes.delivered(payloads)

    return post


def statuses(answer):
    return Outcomes({each["n"]: Outcome.of_status(each["status"]) for each in answer["items"]})


def event(text="hi", **more):
    return {"type": "track", "channel": "c", "text": text, **more}


def kinds(outcomes):
    return [outcome.kind for outcome in outcomes]


def test_one_request_for_each_event_and_one_outcome_in_order(connect, peer):
    peer.route("POST", "/messages")
    post = poster()
    events = [event("a"), {"type": "page"}, event(text=None), "no event", event("b")]
    outcomes = list(connect(post).deliver(post, iter(events)))
    assert kinds(outcomes) == ["delivered", "skipped", "rejected", "rejected", "delivered"]
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert outcomes[2].field == "text"
    assert outcomes[2].reason == "Text is missing; fill in `text`"
    assert outcomes[3].reason == "an event must be a JSON object; this is a str"
    assert [request.json()["text"] for request in peer.requests] == ["a", "b"]


def test_events_are_read_one_by_one(connect, peer):
    peer.route("POST", "/messages")
    post = poster()
    read = []

    def events():
        for number in range(100):
            read.append(number)
            yield event()

    outcomes = connect(post).deliver(post, events())
    next(outcomes)
    assert read == [0]
    outcomes.close()


def test_mapping_and_subscription_of_its_own(connect, peer):
    peer.route("POST", "/messages")
    post = poster()
    mapping = {"channel": "x", "text": {"@template": "{{name}}!"}}
    outcomes = connect(post).deliver(
        post, [{"name": "Ada"}, {"type": "page"}], mapping=mapping, subscribe="name exists"
    )
    assert kinds(outcomes) == ["delivered", "skipped"]
    assert peer.requests[0].json() == {"text": "Ada!"}


def test_what_cannot_work_is_refused_before_the_first_event(connect):
    post = poster(sync_modes=("upsert", "delete"))
    connection = connect(post)
    with pytest.raises(SubscriptionError):
        connection.deliver(post, [], subscribe="type =")
    with pytest.raises(SettingsError, match="it has upsert, delete"):
        connection.deliver(post, [], sync_mode="add")
    with pytest.raises(SettingsError, match="workers"):
        connection.deliver(post, [], workers=0)


def test_a_wait_beyond_the_deadline_is_left_to_a_later_delivery(connect, peer, clock):
    peer.route("POST", "/messages", Reply(429, headers={"Retry-After": "3600"}), Reply(200))
    post = poster()
    outcomes = list(connect(post).deliver(post, [event(), event()], retry=clock.retry()))
    assert kinds(outcomes) == ["retry", "delivered"]
    assert timedelta(minutes=59) < outcomes[0].at - clock.start < timedelta(minutes=61)
    assert clock.slept == []


def test_attempts_end(connect, peer, clock):
    peer.route("POST", "/messages", Reply(503))
    post = poster()
    [outcome] = connect(post).deliver(post, [event()], retry=clock.retry(attempts=4))
    assert (outcome.kind, len(peer.requests)) == ("retry", 4)
    assert outcome.at is not None


def test_an_idempotency_key_stays_and_makes_repeats_safe(connect, peer, clock):
    @action(title="Post")
    def post(client, payload: Message, idempotency_key):
        headers = {"Idempotency-Key": idempotency_key}
        client.post("/messages", json={"text": payload.text}, headers=headers)

    peer.route("POST", "/messages", Reply(hang_up=True), Reply(500), Reply(200))
    connection = connect(post)
    events = [event(messageId="m-1"), event(messageId="m-2"), event(), event()]
    assert kinds(connection.deliver(post, events, retry=clock.retry())) == ["delivered"] * 4
    first = [request.headers["idempotency-key"] for request in peer.requests]
    assert first[0] == first[1] == first[2]
    assert len(set(first)) == 4
    list(connection.deliver(post, events[:1]))
    list(connection.deliver(post, events[:1], mapping={"channel": "c", "text": "other"}))
    again, other = [request.headers["idempotency-key"] for request in peer.requests[-2:]]
    assert again == first[0] != other


def test_not_sent_is_sent_again(connect, peer, clock):
    post = poster()
    connection = connect(post)
    peer.close()
    outcomes = connection.deliver(post, [event()], retry=clock.retry(attempts=3))
    assert kinds(outcomes) == ["retry"]
    assert len(clock.slept) == 2


def test_an_action_of_two_requests_is_not_done_twice(connect, peer, clock):
    @action(title="Post")
    def post(client, payload: Message):
        client.post("/messages", json={"text": payload.text})
        client.post("/more", json={})

    peer.route("POST", "/messages")
    peer.route("POST", "/more", Reply(503))
    assert kinds(connect(post).deliver(post, [event()], retry=clock.retry())) == ["uncertain"]
    assert len(peer.requests) == 2


def test_an_action_may_give_an_outcome(connect):
    @action(title="Post")
    def post(payload: Message):
        return Outcome.skipped("nobody to tell")

    [outcome] = connect(post).deliver(post, [event()])
    assert outcome == Outcome("skipped", 0, "nobody to tell")


def test_a_token_that_is_gone_asks_for_a_person(connect, peer):
    peer.route("POST", "/messages", Reply(401))
    post = poster()
    assert kinds(connect(post).deliver(post, [event(), event()])) == ["reauthorize"] * 2


def test_batches_are_cut_by_count_and_keys(connect, peer):
    peer.route("POST", "/batch", Reply(json={}))
    post = batched(size=3, keys=("channel",))
    events = [event(f"{n}", channel="ab"[n % 2]) for n in range(10)]
    assert kinds(connect(post).deliver(post, events)) == ["delivered"] * 10
    assert [request.json()["items"] for request in peer.requests] == [
        ["0", "2", "4"],
        ["1", "3", "5"],
        ["6", "8"],
        ["7", "9"],
    ]


def test_batches_keep_apart_what_json_keeps_apart(connect, peer):
    @attrs.frozen
    class Keyed:
        where: Any = field(label="Where", default=path("$.where"))

    @action(title="Post")
    def post(payload: Keyed):
        raise AssertionError("only batches are sent")

    @post.batch(size=10, keys=("where",))
    def post_all(client, payloads):
        client.post("/batch", json=[each.where for each in payloads])
        return Outcomes.delivered(payloads)

    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    values = [1, True, 1.0, "1", {"a": 1, "b": [2]}, {"a": True, "b": [2]}, {"b": [2], "a": 1}]
    peer.route("POST", "/batch", Reply(json={}))
    events = [{"where": each} for each in [*values, deep, *values, deep]]
    assert kinds(connect(post).deliver(post, events)) == ["delivered"] * 16
    sent = sorted(request.body.decode() for request in peer.requests)
    objects = '{"a":1,"b":[2]},{"b":[2],"a":1}'
    nested = json.dumps(deep)
    assert sent == sorted(
        [
            "[1,1]",
            "[true,true]",
            "[1.0,1.0]",
            '["1","1"]',
            f"[{objects},{objects}]",
            '[{"a":true,"b":[2]},{"a":true,"b":[2]}]',
            f"[{nested},{nested}]",
        ]
    )


def test_numbers_and_booleans_of_an_event_arrive_as_what_the_fields_hold(connect, peer):
    @attrs.frozen
    class Visit:
        user_id: str = field(label="User ID", default=path("$.userId"))
        paid: bool = field(label="Paid", default=path("$.paid"))
        count: int = field(label="Count", default=path("$.count"))
        at: datetime = field(label="At", default=path("$.timestamp"))
        tags: list[str] = field(label="Tags", default=path("$.tags"))

    @action(title="Post")
    def post(client, payload: Visit):
        client.post("/visits", json={**attrs.asdict(payload), "at": payload.at.isoformat()})

    peer.route("POST", "/visits", Reply(json={}))
    made = {"userId": 42, "paid": 1, "count": "5.0", "timestamp": 1777636800123, "tags": [7, True]}
    bad = {**made, "userId": {"id": 42}}
    first, second = connect(post).deliver(post, [made, bad])
    assert (first.kind, second.kind) == ("delivered", "rejected")
    assert "User ID must be text, not an object" in second.reason
    [request] = peer.requests
    assert request.json() == {
        "user_id": "42",
        "paid": True,
        "count": 5,
        "at": "2026-05-01T12:00:00.123000+00:00",
        "tags": ["7", "true"],
    }


def test_conditions_see_the_sync_mode_of_a_delivery(connect, peer):
    @attrs.frozen
    class Record:
        id: str | None = field(label="ID", default=path("$.id"), required={"@sync_mode": "delete"})
        name: str | None = field(
            label="Name", default=path("$.name"), depends_on={"@sync_mode": is_not("delete")}
        )

    @action(title="Sync", sync_modes=("upsert", "delete"))
    def sync(client, payload: Record):
        client.post("/records", json=attrs.asdict(payload))

    @sync.batch(size=10)
    def sync_all(client, items):
        client.post("/batch", body=b"[%s]" % b",".join(items))
        return Outcomes.delivered(items)

    peer.route("POST", "/records", Reply(json={}))
    peer.route("POST", "/batch", Reply(json={}))
    connection, events = connect(sync), [{"name": "Ada"}, {"id": "i", "name": "Bob"}]
    assert kinds(connection.deliver(sync, events)) == ["delivered"] * 2
    outcomes = list(connection.deliver(sync, events, sync_mode="delete"))
    assert kinds(outcomes) == ["rejected", "delivered"]
    assert "ID is missing" in outcomes[0].reason
    connection.perform(sync, event=events[1], sync_mode="delete")
    assert [request.json() for request in peer.requests] == [
        [{"name": "Ada"}, {"id": "i", "name": "Bob"}],
        [{"id": "i"}],
        {"id": "i", "name": None},
    ]


def test_batches_are_cut_by_bytes_and_what_fits_in_none_is_rejected(connect, peer):
    peer.route("POST", "/batch", Reply(json={}))
    post = poster()

    @post.batch(size=100, size_bytes=200, item_bytes=100)
    def post_all(client, items):
        assert len(b",".join(items)) <= 200
        client.post("/batch", body=b"[%s]" % b",".join(items))
        return Outcomes.delivered(items)

    events = [event("x" * size) for size in (30, 30, 30, 300, 30, 30)]
    outcomes = list(connect(post).deliver(post, events))
    assert kinds(outcomes) == ["delivered"] * 3 + ["rejected"] + ["delivered"] * 2
    assert "at most 100 are taken" in outcomes[3].reason
    sizes = [len(request.body) - 2 for request in peer.requests]
    item = len(b'{"channel":"c","text":"' + b"x" * 30 + b'"}')
    assert sizes == [3 * item + 2, 2 * item + 1]


def test_a_batch_does_not_wait_for_ever(connect, peer):
    peer.route("POST", "/batch", Reply(json={}))
    post = batched(size=5)
    skipped = ({"type": "page"} for _ in range(1000))
    outcomes = connect(post).deliver(post, [event(), *skipped])
    next(outcomes)
    assert len(peer.requests) == 1
    assert kinds(outcomes) == ["skipped"] * 1000


def test_each_item_of_a_207_has_its_own_outcome(connect, peer, clock):
    first = [{"n": 0, "status": 200}, {"n": 1, "status": 422}, {"n": 2, "status": 503}]
    peer.route(
        "POST",
        "/batch",
        Reply(207, json={"items": first}),
        Reply(207, json={"items": [{"n": 0, "status": 201}]}),
    )
    post = batched(answer=statuses)
    events = [event(f"{n}") for n in range(4)]
    outcomes = list(connect(post).deliver(post, events, retry=clock.retry()))
    assert kinds(outcomes) == ["delivered", "rejected", "delivered", "uncertain"]
    assert [request.json()["items"] for request in peer.requests] == [["0", "1", "2", "3"], ["2"]]


def test_after_a_refused_token_only_the_refused_items_are_sent_again(connect, peer):
    answer = {"items": [{"n": 0, "status": 200}, {"n": 1, "status": 401}, {"n": 2, "status": 200}]}

    def batch(request):
        if request.headers["x-token"] == "t1":
            return Reply(207, json=answer)
        return Reply(207, json={"items": [{"n": 0, "status": 200}]})

    peer.route("POST", "/batch", batch)
    peer.route("POST", "/token", Reply(json={"access_token": "t2"}))
    post = batched(answer=statuses)
    connection = connect(
        post,
        auth=Auth(access_token="t1"),
        refresh_access_token=lambda client, auth: attrs.evolve(
            auth, access_token=client.post("/token").json()["access_token"]
        ),
    )
    assert kinds(connection.deliver(post, [event(f"{n}") for n in range(3)])) == ["delivered"] * 3
    assert [request.json()["items"] for request in peer.received("/batch")] == [
        ["0", "1", "2"],
        ["1"],
    ]
    assert len(peer.received("/token")) == 1


def test_a_second_refusal_of_an_item_is_final(connect, peer):
    peer.route("POST", "/batch", Reply(json={"items": [{"n": 0, "status": 401}]}))
    post = batched(answer=statuses)
    connection = connect(
        post,
        auth=Auth(access_token="t1"),
        refresh_access_token=lambda auth: attrs.evolve(auth, access_token="t2"),
    )
    assert kinds(connection.deliver(post, [event()])) == ["reauthorize"]
    assert len(peer.requests) == 2


def test_a_bad_item_never_takes_its_batch_with_it(connect, peer):
    def answer(request):
        bad = [text for text in request.json()["items"] if text == "bad"]
        return Reply(400, json={"error": "bad item"}) if bad else Reply(json={})

    peer.route("POST", "/batch", answer)
    post = batched(size=100)
    events = [event("bad" if n in (3, 40) else f"{n}") for n in range(64)]
    outcomes = list(connect(post).deliver(post, events))
    assert [o.index for o in outcomes if o.kind == "rejected"] == [3, 40]
    assert kinds(outcomes).count("delivered") == 62
    sent = [text for request in peer.requests for text in request.json()["items"]]
    assert {text for text in sent if text != "bad"} == {f"{n}" for n in range(64)} - {"3", "40"}


def test_members_are_added_and_removed_in_batches_of_their_own(connect, peer):
    peer.route("POST", "/batch", Reply(json={}))
    post = poster()

    @post.batch(size=10)
    def sync(client, payloads, membership):
        client.post("/batch", json={"add": membership, "items": [p.text for p in payloads]})
        return Outcomes.delivered(payloads)

    personas = {"personas": {"computation_key": "vips"}}
    events = [event(f"{n}", context=personas, properties={"vips": n % 2 == 0}) for n in range(4)]
    assert kinds(connect(post).deliver(post, events)) == ["delivered"] * 4
    assert [request.json() for request in peer.requests] == [
        {"add": True, "items": ["0", "2"]},
        {"add": False, "items": ["1", "3"]},
    ]


@pytest.mark.parametrize("workers", [1, 8])
def test_events_that_cannot_be_read_end_the_delivery_after_what_came_before(connect, peer, workers):
    peer.route("POST", "/batch", Reply(json={}))
    post = batched(size=4)

    def events():
        yield from [event()] * 9
        raise OSError("the disk is gone")

    seen = []
    with pytest.raises(OSError, match="disk"):
        seen.extend(connect(post).deliver(post, events(), workers=workers))
    assert kinds(seen) == ["delivered"] * 9


def test_workers_send_at_once_and_outcomes_keep_their_order(connect, peer):
    together = Barrier(8)

    def answer(request):
        together.wait(10)
        return Reply(200)

    peer.route("POST", "/messages", answer)
    post = poster()
    outcomes = list(connect(post).deliver(post, [event(f"{n}") for n in range(64)], workers=8))
    assert [outcome.index for outcome in outcomes] == list(range(64))
    assert kinds(outcomes) == ["delivered"] * 64


def test_closing_ends_every_thread_and_begins_nothing_more(connect, peer):
    peer.route("POST", "/messages")
    post = poster()
    outcomes = connect(post).deliver(post, (event() for _ in range(10_000)), workers=4)
    next(outcomes)
    outcomes.close()
    assert not [thread for thread in threads() if thread.name == "portcall-delivery"]
    assert len(peer.requests) < 1000


def test_closing_wakes_those_that_wait_to_try_again(connect, peer):
    later = Reply(429, headers={"Retry-After": "50"})
    peer.route("POST", "/messages", lambda got: Reply() if got.json()["text"] == "first" else later)
    post = poster()
    events = [event("first"), event(), event(), event()]
    outcomes = connect(post).deliver(post, events, workers=2)
    next(outcomes)
    started = monotonic()
    outcomes.close()
    assert monotonic() - started < 25


@pytest.fixture(scope="module")
def scripted():
    """A peer, a connection and an action, for many small deliveries."""
    with Peer() as peer:
        made = {
            "auth_fields": hookimpl(lambda: Settings),
            "allowed_hosts": hookimpl(lambda: ["{endpoint}"]),
            "extend_request": hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        }
        with Host(allow_private=["127.0.0.1"], plugins={"acme": SimpleNamespace(**made)}) as host:
            yield peer, host.destination("acme").connect({"endpoint": peer.url})


FAULTS = st.sampled_from(
    [
        Reply(200, json={"items": []}),
        Reply(207, json={"items": [{"n": 0, "status": 200}, {"n": 1, "status": 500}]}),
        Reply(207, json={"items": [{"n": 7, "status": 200}, {"n": 0, "status": 401}]}),
        Reply(200, json={"items": [{"n": n, "status": 200} for n in range(9)]}),
        Reply(200, json={}),
        Reply(200, body=b"<html>"),
        Reply(400),
        Reply(401),
        Reply(403),
        Reply(429, headers={"Retry-After": "1"}),
        Reply(500),
        Reply(501),
        Reply(hang_up=True),
    ]
)
EVENTS = st.lists(
    st.sampled_from(
        [event("a"), event("b", channel="d"), {"type": "page"}, event(text=7), None, 5]
    ),
    max_size=12,
)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=EVENTS,
    faults=st.lists(FAULTS, min_size=1, max_size=6),
    workers=st.sampled_from([1, 3]),
    size=st.sampled_from([None, 1, 2, 5]),
    keys=st.sampled_from([(), ("channel",)]),
    idempotent=st.booleans(),
)
def test_as_many_outcomes_as_events_in_their_order(
    scripted, clock, events, faults, workers, size, keys, idempotent
):
    peer, connection = scripted
    peer.route("POST", "/messages", *faults)
    post = poster(idempotent=idempotent)
    if size is not None:

        @post.batch(size=size, keys=keys)
        def post_all(client, payloads):
            texts = [payload.text for payload in payloads]
            return statuses(client.post("/messages", json=texts).json())

    retry = clock.retry(attempts=3)
    outcomes = list(connection.deliver(post, events, workers=workers, retry=retry))
    assert [outcome.index for outcome in outcomes] == list(range(len(events)))
    assert set(kinds(outcomes)) <= KINDS
    for given_event, outcome in zip(events, outcomes, strict=True):
        wanted = isinstance(given_event, dict) and given_event.get("type") == "track"
        assert (outcome.kind == "skipped") == (isinstance(given_event, dict) and not wanted)
        assert (outcome.kind == "retry") == (outcome.at is not None)


@pytest.mark.parametrize("place", ["form", "query"])
def test_an_event_with_half_of_a_character_is_rejected_alone(connect, peer, acme, place):
    @attrs.frozen
    class Traits:
        traits: dict[str, Any] = field(label="Traits", default=path("$.traits"))

    @action(title="Post")
    def post(client, payload: Traits):
        client.post("/messages", **{place: payload.traits})

    peer.route("POST", "/messages")
    events = [{"traits": {"text": text}} for text in ("a", "\ud83d", "\U0001f600")]
    outcomes = list(connect(post).deliver(post, events))
    assert acme.kinds(outcomes) == ["delivered", "rejected", "delivered"]
    assert "'text' holds half of a character" in outcomes[1].reason
    assert len(peer.received("/messages")) == 2
