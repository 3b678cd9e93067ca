"""What arrives at Telegram, seen by a stand-in that verifies the token in the path."""

from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.testing import ApiStandIn, conformance

telegram = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
[BOT] = telegram.settings.values()

test_conformance = conformance("telegram")


def test_a_message_goes_to_the_path_of_its_bot(host):
    peer = telegram(host)
    connection = telegram.connect(host, "telegram")
    action = connection.destination.actions["send_message"]
    connection.perform(action, telegram.events["send_message"])
    [request] = peer.requests
    assert request.path == f"/bot{BOT['bot_token']}/sendMessage"
    assert request.json() == {"chat_id": "@orders", "text": "Order Completed by u-7"}


def test_no_error_shows_the_token_that_is_in_every_path(host):
    telegram(host)
    with pytest.raises(AuthenticationError) as caught:
        telegram.connect(host, "telegram", bot_token="123456:wrong-1a2b3c").test()
    assert "1a2b3c" not in f"{caught.value!r} {caught.value}"
