"""What arrives at Salesforce."""

from pathlib import Path

from portcall import Auth
from portcall.plugins.files import load_python_file
from portcall.testing import Reply, conformance

module = load_python_file(Path(__file__).with_name("stand_in.py"))
salesforce = module.stand_in

test_conformance = conformance("salesforce")


def deliver(connection, name, count=1):
    action = connection.destination.actions[name]
    events = [salesforce.events[name]] * count
    return list(connection.deliver(action, events, mapping=salesforce.mapping(action)))


def test_leads_are_created_200_at_a_time(host):
    peer = salesforce(host)
    outcomes = deliver(salesforce.connect(host, "salesforce"), "create_lead", 201)
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    bodies = sorted((request.json() for request in peer.requests), key=lambda b: len(b["records"]))
    assert [len(body["records"]) for body in bodies] == [1, 200]
    assert bodies[0] == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Lead"},
                "LastName": "Lovelace",
                "Company": "Analytical Engines",
                "Email": "ada@example.com",
            }
        ],
    }


def test_a_record_is_found_by_its_external_id(host):
    peer = salesforce(host)
    deliver(salesforce.connect(host, "salesforce"), "upsert_record")
    [request] = peer.requests
    assert (request.method, request.path) == tuple(f"PATCH {module.UPSERT}".split())
    assert request.json()["records"] == [
        {"Number__c": "o-1", "Total__c": 30, "attributes": {"type": "Order__c"}}
    ]


def test_a_session_that_ended_is_renewed_and_the_request_goes_to_the_new_instance(host):
    peer = salesforce(host)
    fresh = {"access_token": "00Dnew", "instance_url": "https://eu7.my.salesforce.com"}
    peer.route("POST", "/services/oauth2/token", Reply(json={**fresh, "token_type": "Bearer"}))
    ended = module.error(401, "INVALID_SESSION_ID", "Session expired or invalid")
    peer.route(*module.CREATE.split(), ended, module.said("00Q000000000001"))
    [outcome] = deliver(salesforce.connect(host, "salesforce"), "create_lead")
    assert outcome.kind == "delivered"
    hosts = [request.headers["Host"] for request in peer.requests]
    assert hosts == ["acme.my.salesforce.com"] * 2 + ["eu7.my.salesforce.com"]
    assert peer.requests[2].headers["Authorization"] == "Bearer 00Dnew"
    assert peer.requests[1].form["grant_type"] == ["refresh_token"]


def machine(host, client, **settings):
    peer = salesforce(host)
    destination = host.destination("salesforce")
    ended = Auth(access_token="ended", state=module.AUTH["state"], **client)
    connection = destination.connect({"domain": "acme--dev.sandbox", **settings}, ended)
    assert connection.test() == "ada@acme.example"
    return peer.received("/services/oauth2/token")[0]


def test_client_credentials_need_no_person(host):
    client = {"client_id": module.AUTH["client_id"], "client_secret": module.AUTH["client_secret"]}
    request = machine(host, client, method="client_credentials")
    assert request.headers["Host"] == "acme--dev.sandbox.my.salesforce.com"
    assert request.form["grant_type"] == ["client_credentials"]


def test_objects_can_be_chosen(host):
    salesforce(host)
    connection = salesforce.connect(host, "salesforce")
    action = connection.destination.actions["upsert_record"]
    [name] = connection.choices(action, "object").items
    assert (name.value, name.label) == ("Order__c", "Order")
