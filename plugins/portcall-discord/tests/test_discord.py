"""What arrives at Discord, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

import pytest

from portcall.testing import ApiStandIn, conformance

discord = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))
WEBHOOK, BOT = discord.settings.values()

test_conformance = conformance("discord")


def perform(connection, name, **more):
    event = {**discord.events[name]}
    event["properties"] = {**event["properties"], **more}
    connection.perform(connection.destination.actions[name], event)


def test_a_webhook_is_asked_to_wait_and_may_post_to_a_thread(host):
    peer = discord(host)
    perform(discord.connect(host, "discord"), "post_message", thread_id="99")
    [request] = peer.requests
    assert request.query == {"wait": ["true"], "thread_id": ["99"]}
    assert request.json() == {"content": "Order Completed by u-7"}
    assert "Authorization" not in request.headers


def test_a_bot_posts_to_the_channel_of_the_event(host):
    peer = discord(host)
    perform(discord.connect(host, "discord", **BOT), "post_message")
    [request] = peer.requests
    assert request.path == "/api/v10/channels/41771983423143937/messages"
    assert request.headers["Authorization"] == f"Bot {BOT['bot_token']}"


def test_no_error_shows_the_url_that_is_the_secret(host):
    discord(host)
    other = WEBHOOK["webhook_url"].replace("3d89bb7572e0", "9f8e7d6c5b4a")
    with pytest.raises(Exception, match="Invalid Webhook Token") as caught:
        discord.connect(host, "discord", method="webhook", webhook_url=other).test()
    assert "9f8e7d6c5b4a" not in f"{caught.value!r} {caught.value}"


def test_a_webhook_posts_what_the_sdk_posts(host):
    peer = discord(host)
    perform(discord.connect(host, "discord"), "post_message", thread_id="99")
    [request], sdk = peer.requests, SDK["post"]
    assert request.method == sdk["method"]
    assert request.json()["content"] == sdk["data"]["content"]
    assert request.query["thread_id"] == sdk["query"]["thread_id"]
    assert sdk["query"]["wait"] == ["1"]  # "true" in Discord's own documentation
