"""What an author says about an action, and what is refused of it."""

from typing import Any

import attrs
import pytest

from portcall import (
    Choice,
    Choices,
    Deletion,
    HookError,
    Outcome,
    Outcomes,
    Preset,
    Secret,
    SettingsError,
    action,
    dynamic,
    field,
    is_not,
    on_delete,
    path,
)
from portcall.actions.membership import membership_of


@attrs.frozen
class Message:
    channel: str = field(label="Channel", choices=dynamic)
    text: str = field(label="Text", default=path("$.text"))
    nested: dict[str, Any] | None = field(label="Nested", default=None)


@attrs.frozen
class List:
    name: str = field(label="Name")


def made(**options):
    @action(title="Post a message", subscribe='type = "track"', **options)
    def post(client, payload: Message):
        """Post it.

        More.
        """
        return client, payload

    return post


def test_the_function_says_it_all():
    post = made(
        presets=[Preset("Orders", 'event = "Order Completed"', {"text": "Sold"})],
        sync_modes=("upsert", "delete"),
    )
    assert (post.name, post.title, post.description) == ("post", "Post a message", "Post it.")
    assert post.arguments == ("client", "payload")
    assert [each.name for each in post.fields] == ["channel", "text", "nested"]
    assert post.presets[0].mapping == {"text": "Sold"}
    assert post(1, 2) == (1, 2)


@attrs.frozen
class Item:
    id: str | None = field(label="ID", default=path("$.id"), required={"@sync_mode": "upsert"})
    old: str | None = field(
        label="Old", default=path("$.old"), depends_on={"@sync_mode": is_not("upsert")}
    )


@attrs.frozen
class Items:
    items: list[Item] = field(label="Items", default=path("$.items"))


def test_conditions_see_the_sync_mode_of_the_action():
    @action(title="Sync", sync_modes=("upsert", "delete"))
    def sync(payload: Item): ...

    event = {"id": "i", "old": "o"}
    assert sync.read(event) == sync.read(event, sync_mode="upsert") == Item(id="i", old=None)
    assert sync.read(event, sync_mode="delete") == Item(id="i", old="o")
    assert sync.read({}, sync_mode="delete") == Item(id=None, old=None)
    with pytest.raises(SettingsError, match="ID is missing"):
        sync.read({})


def test_a_condition_on_a_sync_mode_that_the_action_does_not_have_is_refused():
    @action(title="Sync", sync_modes=("add", "remove"))
    def sync(payload: Items): ...

    with pytest.raises(HookError, match="names the sync mode 'upsert'; the action has add, remove"):
        _ = sync.fields

    @action(title="Post")
    def post(payload: Item): ...

    with pytest.raises(HookError, match="names the sync mode 'upsert'; the action has none"):
        post.read({})


def test_what_cannot_be_had_is_refused():
    with pytest.raises(HookError, match="asks for clinet; it can have auth, client, event"):

        @action(title="Post")
        def post(clinet, payload: Message): ...

    with pytest.raises(HookError, match="attrs class"):

        @action(title="Post")
        def none(payload: dict): ...

    with pytest.raises(HookError, match="Missing"):

        @action(title="Post")
        def lost(payload: "Missing"): ...  # noqa: F821

    with pytest.raises(HookError, match="the batch of 'post' asks for payload;"):

        @made().batch(size=5)
        def batch(client, payload): ...

    with pytest.raises(HookError, match="on_save of 'post' asks for event"):
        made().on_save(lambda event: None)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"size": 0}, "room for one item"),
        ({"size": 5, "size_bytes": 0}, "room for one item"),
        ({"size": 5, "keys": ["chanel"]}, "grouped by chanel; its payload has channel, text"),
    ],
)
def test_limits_that_no_batch_can_keep_are_refused(limits, said):
    with pytest.raises(HookError, match=said):
        made().batch(**limits)(lambda payloads: None)


def test_choices_are_for_dynamic_fields():
    with pytest.raises(HookError, match="no field 'text' with choices=dynamic"):
        made().choices("text")


def test_an_action_is_repeatable_if_all_its_functions_are():
    @action(title="Post")
    def post(payload: Message, idempotency_key): ...

    assert post.repeatable
    post.batch(size=5)(lambda payloads: None)
    assert not post.repeatable
    post.batch(size=5)(lambda payloads, idempotency_key: None)
    assert post.repeatable
    assert made(idempotent=True).repeatable
    assert not made().repeatable


def test_batches_write_items_as_their_fields():
    post = made()
    post.batch(size=5)(lambda payloads: None)
    payload = Message(channel="c", text="t")
    assert post.batching.to_json(payload) == {"channel": "c", "text": "t"}
    post.batch(size=5, to_json=lambda p: {"t": p.text})(lambda payloads: None)
    assert post.batching.to_json(payload) == {"t": "t"}


def test_a_person_can_be_forgotten():
    @on_delete
    def forget(payload: Deletion):
        """Forget a person."""

    assert forget.subscribe == 'type = "delete"'
    assert forget.idempotent
    assert forget.read({"userId": "u"}) == Deletion(user_id="u", anonymous_id=None)
    with pytest.raises(SettingsError, match="User ID is missing"):
        forget.read({})


def test_choices_are_values_pairs_or_choices():
    found = Choices(["a", ("c1", "General"), Choice(3, "Three")], next_page="2")
    assert found.items == (Choice("a", "a"), Choice("c1", "General"), Choice(3, "Three"))
    assert found.matching("gen").items == (Choice("c1", "General"),)
    assert found.matching("C1").next_page == "2"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "delivered"), (207, "delivered"), (401, "reauthorize"), (404, "rejected")]
    + [(status, "retry") for status in (408, 423, 425, 429, 500, 503)]
    + [(501, "rejected"), (505, "rejected"), (302, "rejected")],
)
def test_the_status_of_an_item_is_an_outcome(status, kind):
    assert Outcome.of_status(status).kind == kind


def test_items_that_are_not_mentioned_are_uncertain():
    outcomes = Outcomes({1: Outcome.delivered()})
    assert (outcomes[0].kind, outcomes[1].kind) == ("uncertain", "delivered")
    some = Outcomes.delivered("abc").with_rejected({1: "no"})
    assert [some[n].kind for n in range(3)] == ["delivered", "rejected", "delivered"]


def test_membership_is_read_from_the_event():
    key = {"personas": {"computation_key": "vips"}}
    events = (
        {"context": key, "properties": {"vips": True}},
        {"context": key, "traits": {"vips": False}},
        {"context": key, "properties": {"vips": "yes"}},
        {"context": {"personas": 5}},
    )
    assert [membership_of(event) for event in events] == [True, False, None, None]


def test_secrets_may_be_items():
    @attrs.frozen
    class Held:
        token: Secret = field(label="Token")

    def send(payload): ...

    send.__annotations__["payload"] = Held
    post = action(title="Send")(send)
    post.batch(size=2)(lambda items: None)
    assert post.batching.to_json(Held(token=Secret("x"))) == {"token": Secret("x")}
