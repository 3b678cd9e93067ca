"""`perform` sends an event as `deliver` does, and raises where `deliver` says an outcome."""

from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    Auth,
    AuthenticationError,
    Host,
    NotDeliveredError,
    Outcome,
    Outcomes,
    RequestOptions,
    ResponseError,
    Retry,
    Secret,
    SettingsError,
    SubscriptionError,
    ThrottledError,
    action,
    field,
    hookimpl,
    path,
)
from portcall.actions.decorator import ARGUMENTS
from portcall.testing import Reply


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key", default="key-7f3a9b")


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.text"))


@pytest.fixture
def connection(peer):
    acme = SimpleNamespace(
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(
            lambda settings, payload: RequestOptions(
                base_url=settings.endpoint, headers={"X-Text": getattr(payload, "text", "none")}
            )
        ),
    )
    with Host(allow_private=["127.0.0.1"], plugins={"acme": acme}) as host:
        auth = Auth(access_token="token-1")
        yield host.destination("acme").connect({"endpoint": peer.url}, auth)


PERSONAS = {"personas": {"computation_key": "vips"}}
EVENT = {
    "type": "track",
    "text": "hi",
    "messageId": "m-1",
    "context": PERSONAS,
    "properties": {"vips": True},
}
SAID = {"saved": {"list": 7}, "sync_mode": "delete", "subscribe": 'messageId = "m-1"'}
MAPPING = {"text": {"@template": "{{text}}!"}}


CODE = """
def one(client, payload: Message{also}):
    client.post("/one")
    seen.append({name})

def many(client{many_also}):
    client.post("/many")
    seen.append({many_name})
    return Outcomes.delivered("x")
"""


def given_to(name, connection, ask):
    """Return what an action that asks for *name* is given, as *ask* has it called."""
    seen = []
    many = {"payload": "payloads", "event": "events"}.get(name, name)
    scope = {"Message": Message, "Outcomes": Outcomes, "seen": seen}
    source = CODE.format(
        also="" if name in {"client", "payload"} else f", {name}",
        name=name,
        many_also="" if name == "client" else f", {many}",
        many_name=many if many == name else f"{many}[0]",
    )
    exec(source, scope)
    post = action(title="Post", sync_modes=("upsert", "delete"))(scope["one"])
    ask(connection, post, scope["many"])
    [value] = seen
    return value


def by_perform(connection, post, _):
    connection.perform(post, EVENT, mapping=MAPPING, **SAID)


def by_deliver(connection, post, _):
    [outcome] = connection.deliver(post, [EVENT], mapping=MAPPING, **SAID)
    assert outcome.kind == "delivered"


def by_batch(connection, post, many):
    post.batch(size=10)(many)
    by_deliver(connection, post, many)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_every_argument_has_one_value_by_perform_by_deliver_and_in_a_batch(name, connection, peer):
    peer.route("POST", "/one")
    peer.route("POST", "/many")
    values = [given_to(name, connection, ask) for ask in (by_perform, by_deliver, by_batch)]
    assert [request.path for request in peer.requests] == ["/one", "/one", "/many"]
    assert {request.headers["x-text"] for request in peer.requests} == {"hi!"}
    if name == "client":
        assert len({type(value) for value in values}) == 1
    else:
        assert values[0] == values[1] == values[2]
        assert values[0] not in ("", None)


def keyed():
    @action(title="Post", subscribe='type = "track"')
    def post(client, payload: Message, idempotency_key):
        client.post("/one", headers={"Idempotency-Key": idempotency_key})

    return post


def test_events_that_differ_have_keys_that_differ_and_a_repeat_has_the_same(connection, peer):
    peer.route("POST", "/one")
    post = keyed()
    for number in (1, 2, 1):
        connection.perform(post, {**EVENT, "messageId": f"m-{number}"})
    first, other, again = [request.headers["idempotency-key"] for request in peer.requests]
    assert first == again != other
    assert all(first)


def test_two_events_without_a_message_id_have_two_keys(connection, peer):
    peer.route("POST", "/one")
    post = keyed()
    for _ in range(2):
        connection.perform(post, {"type": "track", "text": "hi"})
    assert len({request.headers["idempotency-key"] for request in peer.requests}) == 2


def test_a_batch_of_one_has_the_key_that_perform_sends(connection, peer):
    peer.route("POST", "/one")
    post = keyed()
    connection.perform(post, EVENT)

    @post.batch(size=10)
    def all_of_them(client, payloads, idempotency_key):
        client.post("/one", headers={"Idempotency-Key": idempotency_key})
        return Outcomes.delivered(payloads)

    list(connection.deliver(post, [EVENT]))
    one, many = [request.headers["idempotency-key"] for request in peer.requests]
    assert one == many


def poster(give=None):
    @action(title="Post", subscribe='type = "track"')
    def post(client, payload: Message):
        if give is not None:
            return give
        return client.post("/one", json={"text": payload.text}).status

    return post


def test_what_the_action_returned_is_returned(connection, peer):
    peer.route("POST", "/one", Reply(201))
    assert connection.perform(poster(), EVENT) == 201


@pytest.mark.parametrize("subscribe", [None, 'event = "other"'])
def test_an_event_that_the_filter_does_not_want_is_an_error_and_not_sent(
    connection, peer, subscribe
):
    with pytest.raises(NotDeliveredError, match="does not select this event") as caught:
        connection.perform(poster(), {"type": "page", "text": "hi"}, subscribe=subscribe)
    assert caught.value.kind == "skipped"
    assert peer.requests == ()


def test_an_empty_filter_takes_every_event(connection, peer):
    peer.route("POST", "/one")
    connection.perform(poster(), {"type": "page", "text": "hi"}, subscribe="")
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ResponseError),
        (401, AuthenticationError),
        (429, ThrottledError),
        (503, ThrottledError),
    ],
)
def test_an_answer_that_is_no_success_is_raised_after_one_try(connection, peer, status, error):
    peer.route("POST", "/one", Reply(status))
    with pytest.raises(error):
        connection.perform(poster(), EVENT)
    assert len(peer.requests) == 1


def test_a_retry_that_is_asked_for_is_made(connection, peer):
    peer.route("POST", "/one", Reply(503), Reply(200))
    retry = Retry(sleep=lambda _: None)
    assert connection.perform(poster(), EVENT, retry=retry) == 200
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.skipped("there is no user"),
        Outcome.rejected("no such channel"),
        Outcome.retry("not now"),
        Outcome.uncertain("no receipt"),
        Outcome.reauthorize("the grant is gone"),
    ],
    ids=lambda outcome: outcome.kind,
)
def test_an_outcome_of_the_action_that_is_no_delivery_is_raised(connection, outcome):
    with pytest.raises(NotDeliveredError, match=outcome.reason) as caught:
        connection.perform(poster(give=outcome), EVENT)
    assert caught.value.kind == outcome.kind


@pytest.mark.parametrize("event", [None, 7, "text", ["a"]])
def test_what_is_no_json_object_is_no_event(connection, event):
    with pytest.raises(NotDeliveredError, match="must be a JSON object"):
        connection.perform(poster(), event, subscribe="")


def test_what_cannot_be_used_is_refused_and_nothing_is_sent(connection, peer):
    post = poster()
    with pytest.raises(SettingsError, match="Text is missing"):
        connection.perform(post, {"type": "track"})
    with pytest.raises(SubscriptionError):
        connection.perform(post, EVENT, subscribe="type =")
    with pytest.raises(SettingsError, match="has no sync mode"):
        connection.perform(post, EVENT, sync_mode="add")
    assert peer.requests == ()


def test_no_secret_is_in_an_error_of_the_action(connection):
    @action(title="Post")
    def post(payload: Message, settings):
        raise ValueError(f"bad key {settings.api_key.reveal()}")

    with pytest.raises(ValueError, match=r"bad key \*\*\*"):
        connection.perform(post, EVENT)
