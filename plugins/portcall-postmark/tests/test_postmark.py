"""What arrives at Postmark, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall.testing import ApiStandIn, conformance

postmark = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("postmark")


def test_five_hundred_emails_are_one_request(host):
    peer = postmark(host)
    connection = postmark.connect(host, "postmark")
    action = connection.destination.actions["send"]
    outcomes = list(connection.deliver(action, [postmark.events["send"]] * 501))
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    sizes = [len(request.json()) for request in peer.received("/email/batch")]
    assert sizes[0] == 500
    assert peer.requests[0].json()[0] == {
        "From": "shop@example.com",
        "To": "ada@example.com",
        "Subject": "Order Completed",
        "TextBody": "Thank you",
        "MessageStream": "outbound",
    }


def test_the_identity_is_the_server(host):
    postmark(host)
    assert postmark.connect(host, "postmark").test() == "Production"
