"""What arrives at SendGrid, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall.testing import ApiStandIn, conformance

sendgrid = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("sendgrid")


def test_an_email_has_the_shape_of_mail_send(host):
    peer = sendgrid(host)
    connection = sendgrid.connect(host, "sendgrid")
    action = connection.destination.actions["send_email"]
    connection.perform(action, sendgrid.events["send_email"])
    assert peer.requests[0].json() == {
        "personalizations": [{"to": [{"email": "ada@example.com"}]}],
        "from": {"email": "shop@example.com"},
        "subject": "Order Completed",
        "content": [{"type": "text/plain", "value": "Thank you"}],
    }


def test_contacts_of_one_list_go_together(host):
    peer = sendgrid(host)
    connection = sendgrid.connect(host, "sendgrid")
    action = connection.destination.actions["upsert_contact"]
    mapping = {"email": {"@path": "$.traits.email"}, "list_id": {"@path": "$.list"}}
    events = [{**sendgrid.events["upsert_contact"], "list": place} for place in ("a", "a", None)]
    outcomes = connection.deliver(action, events, mapping=mapping)
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    ada = {"email": "ada@example.com"}
    bodies = [request.json() for request in peer.requests]
    assert {"contacts": [ada, ada], "list_ids": ["a"]} in bodies
    assert {"contacts": [ada]} in bodies
