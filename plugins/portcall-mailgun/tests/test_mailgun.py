"""What arrives at Mailgun, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

mailgun = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))
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


def test_every_request_goes_where_the_sdk_sends_it(host):
    peer = mailgun(host)
    connection = mailgun.connect(host, "mailgun", **EU)
    perform(connection, "send")
    perform(connection, "unsubscribe")
    connection.test()
    connection.choices(connection.destination.actions["send_template"], "template")
    for request, name in zip(
        peer.requests, ("send", "unsubscribe", "domain", "templates"), strict=True
    ):
        sdk = SDK[name]
        assert (request.method, request.path) == (sdk["method"], sdk["path"])
        assert request.headers["Host"] == sdk["host"]
        assert request.headers["Authorization"] == sdk["authorization"]
    assert peer.requests[0].form == SDK["send"]["data"]
    assert peer.requests[1].json() == SDK["unsubscribe"]["data"]
