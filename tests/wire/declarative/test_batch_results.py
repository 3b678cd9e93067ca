"""What a destination file makes of the answers to its batches, and what its items may hold."""

from base64 import b64encode

import pytest

from portcall import Host, PluginLoadError
from portcall.testing import Reply

FILE = """
slug = "acme"
hosts = ["{{settings.endpoint}}"]

[fields.endpoint]
label = "Endpoint"
format = "uri"

[methods.token]
label = "Token"
request = { headers = { Authorization = "Bearer {{settings.token}}" } }
identity = { get = "/me", name = "$.name", username = "api", password = "{{settings.token}}" }
[methods.token.fields.token]
label = "Token"
type = "secret"
required = true

[methods.key]
label = "Key"
request = { headers = { x-key = "{{settings.key}}" } }
[methods.key.fields.key]
label = "Key"
type = "secret"
required = true

[request]
base_url = "{{settings.endpoint}}"

[actions.record]
title = "Record"
post = "/one"
[actions.record.fields.name]
label = "Name"
default = { "@path" = "$.event" }
[actions.record.fields.more]
label = "More"
type = "object"
required = false
default = { "@path" = "$.properties" }

[actions.record.batch]
post = "/many"
size = 10
[actions.record.batch.item]
"..." = "{{payload.more}}"
event = "{{payload.name}}"
token = "{{settings.token}}"
key = "{{settings.key}}"
[actions.record.batch.results]
items = "$.errors[*]"
by = "id"
id = "$.name"
item_id = "{{payload.name}}"
others = "delivered"
[[actions.record.batch.refusals]]
statuses = [400]
items = "$.*.*[*]"
by = "index"
index = "$"
others = "retry"
[[actions.record.batch.refusals]]
statuses = [429]
items = "$.throttled[*]"
by = "index"
index = "$"
means = "retry"
retry_after_s = 0.0
others = "retry"
"""
EVENTS = [{"event": name} for name in "abc"]
SEVERAL = """
[actions.upsert]
title = "Upsert"
[actions.upsert.fields.email]
label = "Email"
default = { "@path" = "$.email" }
[actions.upsert.fields.user_id]
label = "User ID"
default = { "@path" = "$.id" }
required = false
[actions.upsert.batch]
post = "/users"
size = 10
[actions.upsert.batch.item]
[[actions.upsert.batch.item.ids]]
email = "{{payload.email}}"
[[actions.upsert.batch.item.ids]]
[actions.upsert.batch.item.ids."@optional"]
user = { "@optional" = { id = "{{payload.user_id}}" } }
[actions.upsert.batch.results]
items = "$.failed{*}"
by = "id"
id = "$.value[*]"
item_id = ["{{payload.email}}", "{{payload.user_id}}"]
reason = "$.name"
others = "delivered"
[[actions.upsert.batch.refusals]]
statuses = [400]
items = "$.errors[*]"
by = "index"
index = "$.indexes[*]"
reason = "$.message"
others = "retry"
"""
PEOPLE = [{"email": f"{name}@example.com", "id": f"u-{name}"} for name in "abc"]


@pytest.fixture
def connect(tmp_path, peer):
    path = tmp_path / "acme.toml"
    path.write_text(FILE + SEVERAL)
    with Host(allow_private=["127.0.0.1"], plugins=[path]) as host:
        yield lambda **settings: host.destination("acme").connect(
            {"endpoint": peer.url, **settings}
        )


def kinds(connection):
    record = connection.destination.actions["record"]
    return [outcome.kind for outcome in connection.deliver(record, EVENTS)]


def names(request):
    return [item["event"] for item in request.json()]


def test_a_refusal_of_all_that_names_its_items_is_sent_again_without_them(connect, peer):
    refusal = Reply(400, json={"invalid": {"time": [1]}, "code": 400})
    peer.route("POST", "/many", refusal, Reply(200, json={}))
    assert kinds(connect(token="token-1a2b")) == ["delivered", "rejected", "delivered"]
    assert [names(each) for each in peer.requests] == [["a", "b", "c"], ["a", "c"]]


def test_items_that_are_throttled_are_sent_again_with_the_others(connect, peer):
    peer.route("POST", "/many", Reply(429, json={"throttled": [0]}), Reply(200, json={}))
    assert kinds(connect(token="token-1a2b")) == ["delivered"] * 3
    assert [names(each) for each in peer.requests] == [["a", "b", "c"]] * 2


def test_a_refusal_that_names_no_item_is_one_of_the_batch(connect, peer):
    peer.route("POST", "/many", Reply(400, json={"error": "no"}))
    assert kinds(connect(token="token-1a2b")) == ["rejected"] * 3


def test_an_error_that_belongs_to_no_item_leaves_the_others_uncertain(connect, peer):
    peer.route("POST", "/many", Reply(200, json={"errors": [{"name": "a"}, {"name": "B"}]}))
    assert kinds(connect(token="token-1a2b")) == ["rejected", "uncertain", "uncertain"]


def test_an_item_holds_the_settings_of_its_connection(connect, peer):
    peer.route("POST", "/many", Reply(200, json={}))
    kinds(connect(token='to"ken-1a2b'))
    assert peer.requests[0].json()[0] == {"event": "a", "token": 'to"ken-1a2b'}


def test_members_of_an_object_stand_beside_the_others_and_give_way_to_them(connect, peer):
    peer.route("POST", "/many", Reply(200, json={}))
    connection = connect(token="token-1a2b")
    event = {"event": "a", "properties": {"total": 7, "event": "b", "none": None}}
    list(connection.deliver(connection.destination.actions["record"], [event, event]))
    expected = {"total": 7, "none": None, "event": "a", "token": "token-1a2b"}
    assert peer.received("/many")[0].json() == [expected, expected]


def test_each_method_has_its_own_identity_or_none(connect, peer):
    peer.route("GET", "/me", Reply(200, json={"name": "Ada"}))
    assert connect(token="token-1a2b").test() == "Ada"
    assert connect(method="key", key="key-1a2b").test() is None
    [request] = peer.requests
    assert request.headers["Authorization"] == "Basic " + b64encode(b"api:token-1a2b").decode()


def test_faults_of_results_are_told_with_their_places(tmp_path):
    path = tmp_path / "acme.toml"
    faulty = FILE.replace('others = "delivered"', 'others = "retry"')
    faulty = faulty.replace("statuses = [429]", "")
    faulty = faulty.replace('key = "{{settings.key}}"', 'key = "{{settings.key | upper}}"')
    path.write_text(faulty)
    with Host(plugins=[path]) as host, pytest.raises(PluginLoadError) as caught:
        host.destination("acme")
    text = str(caught.value)
    assert "`retry` belongs in `refusals`" in text
    assert "`statuses` is missing" in text
    assert "a setting has no filters in an item" in text


def test_an_object_without_a_value_is_left_out_where_it_may_be(connect, peer):
    peer.route("POST", "/users", Reply(200, json={}))
    upsert = connect(token="token-1a2b").destination.actions["upsert"]
    list(connect(token="token-1a2b").deliver(upsert, [PEOPLE[0], {"email": "b@example.com"}]))
    assert [each["ids"] for each in peer.requests[0].json()] == [
        [{"email": "a@example.com"}, {"user": {"id": "u-a"}}],
        [{"email": "b@example.com"}],
    ]


def upserted(connection):
    upsert = connection.destination.actions["upsert"]
    return [(each.kind, each.reason) for each in connection.deliver(upsert, PEOPLE)]


def test_a_result_may_be_the_name_of_a_list_of_ids_of_which_an_item_has_several(connect, peer):
    said = {"failed": {"invalidEmails": ["a@example.com"], "forgotten": ["u-c"], "none": []}}
    peer.route("POST", "/users", Reply(200, json=said))
    assert upserted(connect(token="token-1a2b")) == [
        ("rejected", "invalidEmails"),
        ("delivered", ""),
        ("rejected", "forgotten"),
    ]


def test_a_result_may_be_of_several_items(connect, peer):
    said = {"errors": [{"indexes": [0, 2], "message": "no such list"}]}
    peer.route("POST", "/users", Reply(400, json=said), Reply(200, json={}))
    assert upserted(connect(token="token-1a2b")) == [
        ("rejected", "no such list"),
        ("delivered", ""),
        ("rejected", "no such list"),
    ]
