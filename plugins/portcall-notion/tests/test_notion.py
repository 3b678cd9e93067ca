"""What arrives at Notion, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall import Auth
from portcall.testing import ApiStandIn, conformance

notion = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("notion")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [notion.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_a_page_has_the_event_as_its_title(host):
    peer = notion(host)
    assert deliver(notion.connect(host, "notion"), "create_page") == ["delivered"]
    assert peer.requests[0].json() == {
        "parent": {
            "type": "data_source_id",
            "data_source_id": "1c7b35e6-e67f-8096-bf3f-000ba938459e",
        },
        "properties": {"Name": {"title": [{"text": {"content": "Order Completed"}}]}},
    }


def test_a_block_is_appended_and_a_comment_made(host):
    peer = notion(host)
    connection = notion.connect(host, "notion")
    deliver(connection, "append_block")
    deliver(connection, "comment")
    block, comment = (request.json() for request in peer.requests)
    text = {"content": "Order Completed by u-7"}
    [child] = block["children"]
    assert child["paragraph"] == {"rich_text": [{"type": "text", "text": text}]}
    assert comment == {
        "parent": {"page_id": "b55c9c91-384d-452b-81db-d1ef79372b75"},
        "rich_text": [{"text": text}],
    }


def test_the_identity_is_the_workspace_and_data_sources_can_be_chosen(host):
    notion(host)
    connection = notion.connect(host, "notion")
    assert connection.test() == "Ada's Workspace"
    action = connection.destination.actions["create_page"]
    [item] = connection.choices(action, "data_source_id").items
    assert (item.value, item.label) == ("1c7b35e6-e67f-8096-bf3f-000ba938459e", "Orders")


def test_a_public_integration_authorizes_in_the_name_of_a_user(host):
    app = Auth(client_id="app", client_secret="app-secret-1a2b")
    connection = host.destination("notion").connect({"method": "oauth"}, app)
    url = f"{connection.begin_authorization('https://ours.example/back').url}"
    assert url.startswith("https://api.notion.com/v1/oauth/authorize?")
    assert "owner=user" in url
