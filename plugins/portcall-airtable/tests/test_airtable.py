"""What arrives at Airtable, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall import Auth
from portcall.testing import ApiStandIn, conformance

airtable = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("airtable")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [airtable.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_ten_records_go_with_one_request(host):
    peer = airtable(host)
    events = [airtable.events["create_record"]] * 11
    assert (
        deliver(airtable.connect(host, "airtable"), "create_record", *events) == ["delivered"] * 11
    )
    assert sorted(len(request.json()["records"]) for request in peer.requests) == [1, 10]
    fields = {"Event": "Order Completed", "User ID": "u-7", "Time": "2026-05-01T12:00:00Z"}
    assert peer.requests[0].json()["records"][0] == {"fields": fields}
    assert peer.requests[0].json()["typecast"] is True


def test_records_are_matched_by_the_fields_that_are_named(host):
    peer = airtable(host)
    deliver(airtable.connect(host, "airtable"), "upsert_record")
    fields = {"User ID": "u-7", "Name": "Ada", "Email": "ada@example.com"}
    assert peer.requests[0].json() == {
        "performUpsert": {"fieldsToMergeOn": ["User ID"]},
        "records": [{"fields": fields}],
        "typecast": True,
    }


def test_the_identity_is_the_user_and_tables_can_be_chosen(host):
    airtable(host)
    connection = airtable.connect(host, "airtable")
    assert connection.test() == "usrL2PNC5o3H4lBEi"
    action = connection.destination.actions["create_record"]
    tables = [(item.value, item.label) for item in connection.choices(action, "table").items]
    assert tables == [("tbl1", "Events"), ("tbl2", "People")]


def test_an_integration_authorizes_with_a_proof_key(host):
    app = Auth(client_id="app", client_secret="app-secret-1a2b")
    settings = {"method": "oauth", "base_id": "appZ9X8Y7W6V5U4T3"}
    connection = host.destination("airtable").connect(settings, app)
    url = f"{connection.begin_authorization('https://ours.example/back').url}"
    assert url.startswith("https://airtable.com/oauth2/v1/authorize?")
    assert "code_challenge_method=S256" in url
