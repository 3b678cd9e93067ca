"""What arrives at Mailgun, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

mailgun = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
US, EU = mailgun.settings.values()

test_conformance = conformance("mailgun")


def perform(connection, name, **more):
    event = {**mailgun.events[name], **more}
    connection.perform(connection.destination.actions[name], event)


def test_an_email_is_a_form_to_the_path_of_its_domain_in_its_region(host):
    peer = mailgun(host)
    perform(mailgun.connect(host, "mailgun", **EU), "send")
    [request] = peer.requests
    assert request.headers["Host"] == "api.eu.mailgun.net"
    assert request.path == "/v3/mg.example.com/messages"
    assert request.form == {
        "from": ["Shop <shop@mg.example.com>"],
        "to": ["ada@example.com"],
        "subject": ["Order Completed"],
        "text": ["Thank you"],
    }


def test_a_template_gets_its_values_as_json(host):
    peer = mailgun(host)
    perform(mailgun.connect(host, "mailgun"), "send_template")
    form = peer.requests[0].form
    assert form["template"] == ["receipt"]
    assert json.loads(form["t:variables"][0])["text"] == "Thank you"


def test_a_thousand_addresses_are_unsubscribed_with_one_request(host):
    peer = mailgun(host)
    connection = mailgun.connect(host, "mailgun")
    action = connection.destination.actions["unsubscribe"]
    outcomes = list(connection.deliver(action, [mailgun.events["unsubscribe"]] * 1000))
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    [request] = peer.requests
    assert request.json()[0] == {"address": "ada@example.com"}
