"""What arrives at Twilio, seen by a stand-in that verifies the credentials."""

from pathlib import Path

import pytest

from portcall.testing import ApiStandIn, conformance

twilio = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
TOKEN, KEY = twilio.settings.values()
PATH = f"/2010-04-01/Accounts/{TOKEN['account_sid']}"

test_conformance = conformance("twilio")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        (
            "send_message",
            {"To": ["+14155552671"], "From": ["+14155552672"], "Body": ["Thank you"]},
        ),
        (
            "send_whatsapp",
            {
                "To": ["whatsapp:+14155552671"],
                "From": ["whatsapp:+14155552672"],
                "Body": ["Thank you"],
            },
        ),
    ],
)
def test_a_message_is_a_form_of_its_account(host, name, form):
    peer = twilio(host)
    connection = twilio.connect(host, "twilio")
    connection.perform(connection.destination.actions[name], twilio.events[name])
    [request] = peer.received(f"{PATH}/Messages.json")
    assert request.form == form
    assert request.basic == (TOKEN["account_sid"], "token-1a2b")


def test_an_api_key_of_another_region_goes_to_the_hosts_of_that_region(host):
    peer = twilio(host)
    assert twilio.connect(host, "twilio", **KEY).test() == "Ada's account"
    [request] = peer.requests
    assert request.headers["Host"] == "api.dublin.ie1.twilio.com"
    assert request.basic == (KEY["api_key_sid"], "secret-1a2b")
