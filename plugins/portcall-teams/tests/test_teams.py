"""What arrives at the webhook of a workflow, seen by a stand-in that verifies the signature."""

from pathlib import Path

from portcall.testing import ApiStandIn, conformance

teams = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("teams")


def perform(connection, name):
    connection.perform(connection.destination.actions[name], teams.events[name])


def test_a_text_is_a_card_with_one_paragraph(host):
    peer = teams(host)
    perform(teams.connect(host, "teams"), "post_message")
    [request] = peer.requests
    [attachment] = request.json()["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    [paragraph] = attachment["content"]["body"]
    assert paragraph == {"type": "TextBlock", "text": "Order Completed by u-7", "wrap": True}


def test_a_card_arrives_as_it_is_with_the_query_of_the_url(host):
    peer = teams(host)
    perform(teams.connect(host, "teams"), "post_card")
    [request] = peer.requests
    assert request.query["sp"] == ["/triggers/manual/run"]
    [attachment] = request.json()["attachments"]
    assert attachment["content"] == teams.events["post_card"]["properties"]["card"]
