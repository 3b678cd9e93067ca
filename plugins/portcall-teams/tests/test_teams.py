"""What arrives at the webhook of a workflow, seen by a stand-in that verifies the signature."""

import json
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

teams = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

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


def test_a_card_has_the_envelope_that_the_sdk_sends(host):
    peer = teams(host)
    perform(teams.connect(host, "teams"), "post_message")
    [request], sdk = peer.requests, SDK["post"]
    assert (request.method, request.path, request.query) == (
        sdk["method"],
        sdk["path"],
        sdk["query"],
    )
    [ours], [theirs] = request.json()["attachments"], sdk["data"]["attachments"]
    assert request.json()["type"] == sdk["data"]["type"]
    assert ours["contentType"] == theirs["contentType"]
    same = ("type", "version")
    assert {n: ours["content"][n] for n in same} == {n: theirs["content"][n] for n in same}
    [paragraph] = ours["content"]["body"]
    [text] = [each for each in theirs["content"]["body"] if each.get("id") == "body"]
    assert {**text, **paragraph, "text": text["text"]} == text
