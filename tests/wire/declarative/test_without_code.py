"""What a file says that needed code before: derived values, hashes, audiences, refusals with results."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic

import pytest

from portcall import HookError, PluginLoadError, SettingsError
from portcall.testing import Reply, StandInHost

HEAD = """
slug = "shop"
hosts = ["{{settings.api_key | after_last: \\"-\\"}}.api.shop.example"]

[fields.api_key]
label = "API key"
type = "secret"

[request]
base_url = 'https://{{settings.api_key | after_last: "-"}}.api.shop.example/3'
username = "{{settings.api_key}}/token"
password = "x"

[actions.record]
title = "Record"
"""
KEY = "0123456789abcdef-us21"


@pytest.fixture
def shop(tmp_path, peer):
    """Connect the shop of a file, whose host is led to the peer."""
    opened = []

    def connect(actions, key=KEY):
        path = tmp_path / "shop.toml"
        path.write_text(HEAD + actions)
        host = StandInHost(plugins=[path])
        opened.append(host)
        host.stand_in("*.api.shop.example", peer)
        return host.destination("shop").connect({"api_key": key})

    yield connect
    for host in opened:
        host.close()


def record(connection, event=None, **given):
    action = connection.destination.actions["record"]
    return connection.perform(action, event or {}, **given)


def deliver(connection, events):
    action = connection.destination.actions["record"]
    return [(o.kind, o.reason) for o in connection.deliver(action, events)]


def test_the_data_centre_comes_out_of_the_key_and_a_user_name_has_a_suffix(shop, peer):
    peer.route("POST", "/3/x", Reply())
    connection = shop('post = "/x"')
    record(connection)
    [request] = peer.requests
    assert request.headers["Host"] == "us21.api.shop.example"
    assert request.basic == (f"{KEY}/token", "x")


def test_a_key_without_a_data_centre_is_refused_by_its_name(shop):
    with pytest.raises(SettingsError, match=r"`settings.api_key` has no '-' in it") as caught:
        shop('post = "/x"', key="0123456789abcdef")
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize("key", ["k-evil.example/", "k-evil.example#", "k-", "k-a b", "k-@evil"])
def test_no_key_leads_to_another_host(shop, peer, key):
    with pytest.raises((HookError, SettingsError)):
        record(shop('post = "/x"', key=key))
    assert not peer.requests


def test_personal_data_is_hashed_in_templates_and_mappings(shop, peer):
    peer.route("POST", "/3/events", Reply())
    connection = shop("""
    post = "/events"
    [actions.record.json]
    em = "{{payload.email | hash: \\"email\\"}}"
    ph = { "@hash" = { value = { "@path" = "$.payload.phone" }, as = "phone" } }
    [actions.record.fields.email]
    label = "Email"
    default = { "@path" = "$.email" }
    [actions.record.fields.phone]
    label = "Phone"
    required = false
    default = { "@path" = "$.phone" }
    """)
    record(connection, {"email": " John_Smith@Gmail.com ", "phone": "+1 (650) 555-1212"})
    record(connection, {"email": sha256(b"john_smith@gmail.com").hexdigest().upper()})
    full, hashed = (request.json() for request in peer.requests)
    assert full["em"] == "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
    assert full["ph"] == "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
    assert hashed == {"em": full["em"]}


def test_times_numbers_and_texts_are_written_as_the_api_wants_them(shop, peer):
    peer.route("POST", "/3/events", Reply())
    connection = shop("""
    post = "/events"
    [actions.record.json]
    s = "{{payload.at | unix_s}}"
    ms = "{{payload.at | unix_ms}}"
    us = "{{payload.at | unix_us}}"
    number = "{{payload.n | text}}"
    detail = "{{payload.more | json}}"
    tags = "{{payload.tags | join: \\", \\"}}"
    place = "{{payload.place | default: \\"nowhere\\"}}"
    name = "{{payload.name | trim | upper | replace: \\" \\", \\"_\\"}}"
    [actions.record.fields.at]
    label = "At"
    type = "datetime"
    default = { "@path" = "$.at" }
    [actions.record.fields.n]
    label = "N"
    type = "integer"
    default = { "@path" = "$.n" }
    [actions.record.fields.more]
    label = "More"
    type = "object"
    default = { "@path" = "$.more" }
    [actions.record.fields.tags]
    label = "Tags"
    type = "list"
    items = "string"
    default = { "@path" = "$.tags" }
    [actions.record.fields.name]
    label = "Name"
    default = { "@path" = "$.name" }
    [actions.record.fields.place]
    label = "Place"
    required = false
    """)
    at = "2026-05-01T12:00:00.250+02:00"
    event = {"at": at, "n": 7, "more": {"a": 1}, "tags": ["x", "y"], "name": " a b "}
    record(connection, event)
    moment = datetime(2026, 5, 1, 10, 0, 0, 250_000, tzinfo=UTC)
    found = peer.requests[0].json()
    assert found["s"] == int(moment.timestamp())
    assert found["ms"] == round(moment.timestamp() * 1000)
    assert found["us"] == round(moment.timestamp() * 1_000_000)
    assert (found["number"], json.loads(found["detail"]), found["tags"]) == ("7", {"a": 1}, "x, y")
    assert (found["name"], found["place"]) == ("A_B", "nowhere")


def test_the_idempotency_key_can_stand_in_a_path_and_makes_an_action_repeatable(shop, peer):
    connection = shop("""
    put = "/send/{{idempotency_key}}"
    json = { id = "{{idempotency_key}}" }
    """)
    assert connection.destination.actions["record"].repeatable
    event = {"messageId": "m-1"}
    for _ in range(2):
        with pytest.raises(Exception, match="404"):
            record(connection, event)
    paths = {request.path for request in peer.requests}
    assert len(paths) == 1
    key = paths.pop().rpartition("/")[2]
    assert len(key) == 32
    assert peer.requests[0].json() == {"id": key}


ITEM = """
post = "/one"
[actions.record.fields.id]
label = "Id"
default = { "@path" = "$.id" }
[actions.record.batch]
post = "/many"
size = 10
json = { records = "{{items}}" }
"""
RESULTS = """
[actions.record.batch.results]
items = "$.failed_records[*]"
statuses = [400]
by = "index"
index = "$.index"
reason = "$.message"
others = "delivered"
"""


def test_a_batch_has_the_media_type_that_its_headers_say(shop, peer):
    peer.route("POST", "/3/many", Reply(200))
    headers = 'headers = { Content-Type = "application/x-amz-json-1.0" }'
    deliver(shop(f"{ITEM}{headers}\n"), [{"id": "a"}])
    deliver(shop(ITEM), [{"id": "a"}])
    media = [request.headers["Content-Type"] for request in peer.requests]
    assert media == ["application/x-amz-json-1.0", "application/json"]


def test_item_results_are_read_out_of_a_refusal_of_the_batch(shop, peer):
    body = {"code": 400, "failed_records": [{"index": 1, "message": "bad time"}]}
    peer.route("POST", "/3/many", Reply(400, json=body))
    outcomes = deliver(shop(ITEM + RESULTS), [{"id": "a"}, {"id": "b"}, {"id": "c"}])
    assert outcomes == [("delivered", ""), ("rejected", "bad time"), ("delivered", "")]


@pytest.mark.parametrize("reply", [Reply(400, json={"error": "no such project"}), Reply(400)])
def test_a_refusal_without_results_delivers_nothing(shop, peer, reply):
    peer.route("POST", "/3/many", reply)
    peer.route("POST", "/3/one", reply)
    kinds = {kind for kind, _ in deliver(shop(ITEM + RESULTS), [{"id": "a"}, {"id": "b"}])}
    assert kinds == {"rejected"}


def test_a_refusal_with_another_status_is_one_of_the_whole_batch(shop, peer):
    body = {"failed_records": [{"index": 0, "message": "x"}]}
    peer.route("POST", "/3/many", Reply(422, json=body))
    peer.route("POST", "/3/one", Reply(422, json=body))
    kinds = {kind for kind, _ in deliver(shop(ITEM + RESULTS), [{"id": "a"}, {"id": "b"}])}
    assert kinds == {"rejected"}


def test_the_place_of_an_item_is_its_id_in_the_batch(shop, peer):
    peer.route(
        "POST",
        "/3/many",
        lambda request: Reply(
            json={
                "ok": [{"id": each["Id"]} for each in request.json()["records"][::2]],
                "failed": [
                    {"id": each["Id"], "why": "no"} for each in request.json()["records"][1::2]
                ],
            }
        ),
    )
    connection = shop(f"""{ITEM}
    item = {{ Id = "{{{{place}}}}", Body = "{{{{payload | json}}}}" }}
    [actions.record.batch.results]
    items = "$.failed[*]"
    by = "id"
    id = "$.id"
    item_id = "{{{{place}}}}"
    reason = "$.why"
    others = "delivered"
    """)
    assert deliver(connection, [{"id": n} for n in "abc"]) == [
        ("delivered", ""), ("rejected", "no"), ("delivered", ""),
    ]  # fmt: skip
    records = peer.requests[0].json()["records"]
    assert [each["Id"] for each in records] == ["0", "1", "2"]
    assert [json.loads(each["Body"]) for each in records] == [{"id": n} for n in "abc"]


def test_rules_about_answers_look_at_texts_and_headers(tmp_path, peer):
    peer.route("POST", "/3/x", Reply(400, body=b"SSS_REQUEST_LIMIT_EXCEEDED"))
    peer.route("POST", "/3/y", Reply(400, headers={"X-Reason": "duplicate"}))
    rules = """
    [[answers]]
    status = 400
    contains = ["SSS_REQUEST_LIMIT", "BUSY"]
    means = "throttled"
    [[answers]]
    headers = { X-Reason = "duplicate" }
    means = "ok"
    """
    path = tmp_path / "shop.toml"
    path.write_text(f'{HEAD}post = "/x"\n[actions.again]\ntitle = "Again"\npost = "/y"\n{rules}')
    with StandInHost(plugins=[path]) as host:
        host.stand_in("*.api.shop.example", peer)
        connection = host.destination("shop").connect({"api_key": KEY})
        kinds = {}
        for name, action in connection.destination.actions.items():
            [outcome] = connection.deliver(action, [{}], retry=None if name == "again" else _once())
            kinds[name] = outcome.kind
    assert kinds == {"record": "retry", "again": "delivered"}


def _once():
    from portcall import Retry

    return Retry(attempts=1)


AUDIENCE = """
sync_modes = ["add", "remove"]
full_sync = true
post = "/audiences/{{saved.list}}/members"
[[actions.record.cases]]
membership = false
delete = "/audiences/{{saved.list}}/members/{{payload.email}}"
[[actions.record.cases]]
sync_mode = "remove"
post = "/audiences/{{saved.list}}/removals"
[actions.record.fields.email]
label = "Email"
default = { "@path" = "$.email" }
[actions.record.on_save]
post = "/lists"
json = { name = "{{payload.title}}" }
saved = { list = "$.id" }
[actions.record.on_save.fields.title]
label = "Title"
[actions.record.create_audience]
post = "/audiences"
json = { name = "{{name}}" }
id = "$.audience.id"
[actions.record.get_audience]
get = "/audiences/{{audience_id}}"
id = "$.id"
"""


def test_audiences_are_made_looked_up_filled_and_emptied(shop, peer):
    peer.route("POST", "/3/lists", Reply(json={"id": "l 1"}))
    peer.route("POST", "/3/audiences", Reply(json={"audience": {"id": 7}}))
    peer.route("GET", "/3/audiences/7", Reply(json={"id": 7}))
    for path in ("members", "removals"):
        peer.route("POST", f"/3/audiences/l%201/{path}", Reply())
    peer.route("DELETE", "/3/audiences/l%201/members/ada%40example.com", Reply(204))
    connection = shop(AUDIENCE)
    action = connection.destination.actions["record"]
    saved = connection.ask(action, "on_save", payload={"title": "Buyers"})
    assert saved == {"list": "l 1"}
    assert connection.ask(action, "create_audience", name="Buyers") == "7"
    assert connection.ask(action, "get_audience", audience_id="7") == "7"
    assert connection.ask(action, "get_audience", audience_id="8") is None
    left = {"context": {"personas": {"computation_key": "k"}}, "properties": {"k": False}}
    email = {"email": "ada@example.com"}
    connection.perform(action, email, saved=saved)
    connection.perform(action, {**left, **email}, saved=saved)
    connection.perform(action, email, saved=saved, sync_mode="remove")
    asked = [(r.method, r.path.removeprefix("/3/audiences/")) for r in peer.requests[-3:]]
    assert asked == [
        ("POST", "l%201/members"),
        ("DELETE", "l%201/members/ada%40example.com"),
        ("POST", "l%201/removals"),
    ]


def test_on_save_is_described_and_refuses_what_is_missing(shop):
    connection = shop(AUDIENCE)
    action = connection.destination.actions["record"]
    with pytest.raises(SettingsError, match="Title"):
        connection.ask(action, "on_save", payload={})


def test_objects_have_members_that_are_checked(shop, peer):
    peer.route("POST", "/3/orders", Reply())
    connection = shop("""
    post = "/orders"
    [actions.record.fields.products]
    label = "Products"
    type = "list"
    items = "object"
    default = { "@path" = "$.products" }
    [actions.record.fields.products.fields.sku]
    label = "SKU"
    [actions.record.fields.products.fields.price]
    label = "Price"
    type = "number"
    minimum = 0
    """)
    record(connection, {"products": [{"sku": "a", "price": "1.5"}]})
    assert peer.requests[0].json() == {"products": [{"sku": "a", "price": 1.5}]}
    with pytest.raises(SettingsError, match="Price"):
        record(connection, {"products": [{"sku": "a", "price": -1}]})


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ('post = "/{{settings.api_key | lowr}}"', "did you mean `lower`?"),
        ('post = "/{{settings.api_key | after}}"', 'is written `after: "..."`'),
        ('post = "/{{settings.api_key | after: -}}"', 'is written `after: "..."`'),
        ('post = "/{{settings.api_key | hash: \\"mail\\"}}"', "takes one of email"),
        ('post = "/{{saved.list}}"', "there is no `saved.list`"),
        ('post = "/x"\n[[actions.record.cases]]\npost = "/y"', "a case has a `method`"),
        (
            'post = "/x"\n[[actions.record.cases]]\npost = "/y"\nsync_mode = "add"',
            "is not a known sync mode",
        ),
        (
            'post = "/x"\n[actions.record.fields.a]\nlabel = "A"\n'
            '[actions.record.fields.a.fields.b]\nlabel = "B"',
            "has members",
        ),
        ('post = "/x"\n[[answers]]\nmeans = "ok"', "needs a `status`"),
        ('post = "/x"\n[[answers]]\nmeans = "ok"\ncontains = [""]', "none of them empty"),
    ],
)
def test_faults_are_told_with_their_place(shop, actions, said):
    with pytest.raises(PluginLoadError, match="line ") as caught:
        shop(actions)
    assert said in str(caught.value)


def test_a_batch_of_a_file_leaves_at_the_age_that_the_file_says(shop, peer):
    peer.route("POST", "/3/many", Reply())
    connection = shop(
        'post = "/x"\n[actions.record.batch]\npost = "/many"\nsize = 10\nmax_age_s = 0.05\n'
        'json = { all = "{{items}}" }\nitem = {}\n'
    )

    def events():
        yield {}
        ends = monotonic() + 0.06
        while monotonic() < ends:
            pass
        yield {}
        yield {}

    assert [kind for kind, _ in deliver(connection, events())] == ["delivered"] * 3
    assert len(peer.requests) == 2
