"""What arrives at Slack, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.testing import ApiStandIn, conformance

slack = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
BOT, WEBHOOK = slack.settings.values()

test_conformance = conformance("slack")


def perform(connection, name, **more):
    event = {"messageId": "m-1", **slack.events[name]}
    event["properties"] = {**event["properties"], **more}
    connection.perform(connection.destination.actions[name], event)


def test_a_bot_posts_a_form_with_its_token(host):
    peer = slack(host)
    blocks = [{"type": "divider"}]
    perform(slack.connect(host, "slack"), "post_message", blocks=blocks)
    [request] = peer.received("/api/chat.postMessage")
    assert request.headers["Authorization"] == f"Bearer {BOT['bot_token']}"
    assert request.form == {
        "channel": ["C012345678"],
        "text": ["Paid by u-7"],
        "blocks": [json.dumps(blocks, separators=(",", ":"))],
    }


def test_a_webhook_gets_json_and_no_channel(host):
    peer = slack(host)
    perform(slack.connect(host, "slack", **WEBHOOK), "post_message")
    [request] = peer.requests
    assert request.json() == {"text": "Paid by u-7"}
    assert "Authorization" not in request.headers


def test_the_identity_is_the_workspace(host):
    slack(host)
    assert slack.connect(host, "slack").test() == "Subarachnoid Workspace"
    assert slack.connect(host, "slack", **WEBHOOK).test() is None


def test_a_refused_token_is_told_by_the_word_behind_a_200(host):
    slack(host)
    with pytest.raises(AuthenticationError, match="invalid_auth"):
        slack.connect(host, "slack", bot_token="xoxb-other").test()


def test_channels_can_be_chosen_page_by_page(host):
    peer = slack(host)
    connection = slack.connect(host, "slack")
    action = connection.destination.actions["post_message"]
    [item] = connection.choices(action, "channel").items
    assert (item.value, item.label) == ("C012345678", "general")
    assert peer.requests[0].query["types"] == ["public_channel,private_channel"]
