"""A bug of a plugin is the plugin's fault: its events stay to be sent, and the reason says where it is."""

import attrs
import pytest

from portcall import (
    HookError,
    Outcome,
    Outcomes,
    Verdict,
    action,
    field,
    path,
)
from portcall.testing import Reply


def line_of(function, offset):
    return f"{function.__code__.co_filename}:{function.__code__.co_firstlineno + offset}"


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), ValueError("key-7f3a9b")])
@pytest.mark.parametrize("workers", [1, 3])
def test_events_of_a_plugin_that_fails_stay_to_be_sent_and_take_no_other_with_them(
    connect, peer, acme, error, workers
):
    @action(title="Post")
    def post(client, payload: acme.Message):
        if payload.text == "bad":
            raise error
        client.post("/messages")

    peer.route("POST", "/messages")
    events = [acme.event("a"), acme.event("bad"), acme.event("b")]
    outcomes = list(connect(post).deliver(post, events, workers=workers))
    assert acme.kinds(outcomes) == ["delivered", "retry", "delivered"]
    reason = outcomes[1].reason
    assert "action 'post' of plugin 'acme'" in reason
    assert line_of(post.function, 3) in reason
    assert type(error).__name__ in reason
    assert "key-7f3a9b" not in reason
    assert "key-7f3a9b" not in str(outcomes[1].fault)
    assert outcomes[1].fault is error
    assert outcomes[1].at is not None
    assert outcomes[0].fault is None


@pytest.mark.parametrize("ending", [SystemExit(3), GeneratorExit()])
def test_an_action_cannot_end_the_program(connect, acme, ending):
    @action(title="Post")
    def post(payload: acme.Message):
        raise ending

    [outcome] = connect(post).deliver(post, [acme.event()])
    assert outcome.kind == "retry"
    assert "tried to end the program" in outcome.reason


def test_a_bug_is_not_tried_again(connect, clock, acme):
    calls = []

    @action(title="Post", idempotent=True)
    def post(payload: acme.Message):
        calls.append(payload)
        return payload.nothing

    [outcome] = connect(post).deliver(post, [acme.event()], retry=clock.retry())
    assert (outcome.kind, len(calls), clock.slept) == ("retry", 1, [])


@pytest.mark.parametrize("idempotent", [False, True])
def test_what_was_accepted_before_a_bug_is_uncertain(connect, peer, acme, idempotent):
    @action(title="Post", idempotent=idempotent)
    def post(client, payload: acme.Message):
        client.post("/messages")
        raise KeyError("id")

    peer.route("POST", "/messages")
    [outcome] = connect(post).deliver(post, [acme.event()])
    assert outcome.kind == "uncertain"
    assert "KeyError: 'id'" in outcome.reason
    assert isinstance(outcome.fault, KeyError)
    assert len(peer.requests) == 1


def fails(**_):
    raise AttributeError("no attribute 'lower'")


@pytest.mark.parametrize(
    ("hook", "broken"),
    [
        ("extend_request", lambda settings: fails()),
        ("extend_request", lambda settings: {"base_url": settings.endpoint}),
        ("sign_request", lambda request: fails()),
        ("sign_request", lambda request: "signature"),
    ],
)
def test_a_bug_in_a_hook_is_no_verdict_on_an_event(connect, peer, acme, hook, broken):
    peer.route("POST", "/messages")
    post = acme.poster()
    connection = connect(post, **{hook: broken})
    [outcome] = connection.deliver(post, [acme.event()])
    assert (outcome.kind, peer.requests) == ("retry", ())
    assert hook in outcome.reason
    assert "'acme'" in outcome.reason
    assert outcome.fault is not None


def test_a_refusal_that_its_plugin_fails_to_classify_stays_to_be_sent(connect, peer, acme):
    peer.route("POST", "/messages", Reply(422))
    post = acme.poster()
    connection = connect(post, classify_response=lambda response: Verdict(response.nothing))
    [outcome] = connection.deliver(post, [acme.event()])
    assert outcome.kind == "retry"
    assert "classify_response" in outcome.reason


def test_a_bug_in_the_class_of_a_payload_is_told_apart_from_a_bad_event(connect, acme):
    @attrs.frozen
    class Odd:
        text: str = field(label="Text", default=path("$.text"))

        def __attrs_post_init__(self):
            if self.text == "none":
                raise ValueError("Text must not be `none`")
            if self.text == "bug":
                raise AttributeError("no attribute 'lower'")

    def post(payload): ...

    post.__annotations__["payload"] = Odd
    odd = action(title="Post")(post)
    events = [acme.event("none"), acme.event("bug"), acme.event("good")]
    outcomes = list(connect(odd).deliver(odd, events))
    assert acme.kinds(outcomes) == ["rejected", "retry", "delivered"]
    assert "payload of action 'post' of plugin 'acme'" in outcomes[1].reason


def test_a_bug_in_the_json_of_an_item_is_a_fault(connect, acme):
    post = acme.poster()
    post.batch(size=5, to_json=lambda payload: payload.nothing)(
        lambda items: Outcomes.delivered(items)
    )
    outcomes = list(connect(post).deliver(post, [acme.event(), acme.event()]))
    assert acme.kinds(outcomes) == ["retry"] * 2
    assert "AttributeError" in outcomes[0].reason


def test_a_batch_that_fails_for_one_item_delivers_the_others(connect, peer, acme):
    post = acme.poster()

    @post.batch(size=8)
    def post_all(client, payloads):
        texts = [payload.text if payload.text != "bad" else payload.nothing for payload in payloads]
        client.post("/batch", json=texts)
        return Outcomes.delivered(payloads)

    peer.route("POST", "/batch")
    events = [acme.event("bad" if n == 3 else f"{n}") for n in range(8)]
    outcomes = list(connect(post).deliver(post, events))
    assert acme.kinds(outcomes) == ["delivered"] * 3 + ["retry"] + ["delivered"] * 4


IMPOSSIBLE = {
    "counted from 1": {1: Outcome.delivered(), 2: Outcome.rejected("no"), 3: Outcome.delivered()},
    "below zero": {-1: Outcome.delivered()},
    "texts": {"0": Outcome.delivered(), "1": Outcome.delivered()},
    "none": {None: Outcome.delivered()},
    "far beyond": {0: Outcome.delivered(), 1000: Outcome.delivered()},
    "between": {0.5: Outcome.delivered()},
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
@pytest.mark.parametrize("idempotent", [False, True])
def test_a_place_that_the_batch_has_not_makes_all_of_it_uncertain(
    connect, peer, acme, name, idempotent
):
    peer.route("POST", "/batch")
    post = acme.batched(lambda _: Outcomes(IMPOSSIBLE[name]), idempotent=idempotent)
    outcomes = list(connect(post).deliver(post, [acme.event()] * 3))
    assert acme.kinds(outcomes) == ["uncertain"] * 3
    for outcome in outcomes:
        assert "names the place" in outcome.reason
        assert "plugin 'acme'" in outcome.reason
        assert isinstance(outcome.fault, HookError)
    assert len(peer.requests) == 1


def test_places_that_are_left_out_are_uncertain_alone(connect, peer, acme):
    peer.route("POST", "/batch")
    post = acme.batched(lambda _: Outcomes({2: Outcome.delivered()}))
    outcomes = list(connect(post).deliver(post, [acme.event()] * 3))
    assert acme.kinds(outcomes) == ["uncertain", "uncertain", "delivered"]
    assert [outcome.fault for outcome in outcomes] == [None] * 3


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (None, "gave NoneType and no Outcomes"),
        ([], "gave list and no Outcomes"),
        ({0: Outcome.delivered()}, "gave dict and no Outcomes"),
        (Outcomes({0: "delivered"}), "an item has str and no Outcome"),
        (Outcomes([Outcome.delivered()]), "has no attribute"),
        (Outcomes({0: Outcome("done")}), "there is no outcome 'done'"),
    ],
)
def test_a_batch_that_says_something_else_is_uncertain(connect, peer, acme, said, text):
    peer.route("POST", "/batch")
    post = acme.batched(lambda _: said)
    outcomes = list(connect(post).deliver(post, [acme.event(), acme.event()]))
    assert acme.kinds(outcomes) == ["uncertain"] * 2
    assert text in outcomes[0].reason
    assert "action 'post' of plugin 'acme'" in outcomes[0].reason


def test_an_outcome_that_there_is_not_is_a_fault(connect, acme):
    @action(title="Post")
    def post(payload: acme.Message):
        return Outcome("done")

    [outcome] = connect(post).deliver(post, [acme.event()])
    assert outcome.kind == "retry"
    assert "there is no outcome 'done'" in outcome.reason


def test_perform_raises_the_exception_with_the_place_as_a_note(connect, acme):
    @action(title="Post")
    def post(payload: acme.Message):
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        connect(post).perform(post, acme.event())
    [note] = caught.value.__notes__
    assert "action 'post' of plugin 'acme'" in note
    assert line_of(post.function, 2) in note
