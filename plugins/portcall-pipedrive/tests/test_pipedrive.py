"""What arrives at Pipedrive, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall import Auth
from portcall.testing import ApiStandIn, conformance

pipedrive = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("pipedrive")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [pipedrive.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def test_a_person_has_an_address_that_is_the_first(host):
    peer = pipedrive(host)
    assert deliver(pipedrive.connect(host, "pipedrive"), "create_person") == ["delivered"]
    assert peer.requests[0].json() == {
        "name": "Ada",
        "emails": [{"value": "ada@example.com", "primary": True, "label": "work"}],
    }


def test_a_deal_a_lead_and_an_activity_are_what_the_event_says(host):
    peer = pipedrive(host)
    connection = pipedrive.connect(host, "pipedrive")
    for name in ("create_deal", "create_lead", "create_activity"):
        assert deliver(connection, name) == ["delivered"]
    deal, lead, activity = (request.json() for request in peer.requests)
    assert deal == {"title": "Demo Requested", "value": 41.5, "currency": "EUR", "person_id": 7}
    assert lead == {"title": "Demo Requested", "person_id": 7}
    assert activity == {
        "subject": "Demo Requested",
        "type": "task",
        "due_date": "2026-05-01",
        "done": False,
        "deal_id": 8,
    }


def test_pipelines_and_kinds_of_activities_can_be_chosen(host):
    pipedrive(host)
    connection = pipedrive.connect(host, "pipedrive")
    assert connection.test() == "Ada"
    actions = connection.destination.actions
    [pipeline] = connection.choices(actions["create_deal"], "pipeline_id").items
    [kind] = connection.choices(actions["create_activity"], "type").items
    assert (pipeline.value, pipeline.label, kind.value) == (1, "Sales", "call")


def test_an_app_authorizes_at_pipedrive(host):
    app = Auth(client_id="app", client_secret="app-secret-1a2b")
    connection = host.destination("pipedrive").connect({"company": "acme", "method": "oauth"}, app)
    url = f"{connection.begin_authorization('https://ours.example/back').url}"
    assert url.startswith("https://oauth.pipedrive.com/oauth/authorize?")
