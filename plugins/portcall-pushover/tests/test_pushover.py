"""What arrives at Pushover, beside what another program sends."""

import json
from pathlib import Path
from urllib.parse import parse_qs

from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
pushover = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))
KEYS = {"token": module.TOKEN, "user": module.USER}

test_conformance = conformance("pushover")


def form(request):
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def perform(host, name, **more):
    peer = pushover(host)
    connection = pushover.connect(host, "pushover")
    connection.perform(connection.destination.actions[name], pushover.events[name], **more)
    [request] = peer.requests
    return request


def test_a_message_is_a_form_with_the_keys_in_it(host):
    assert form(perform(host, "send_message")) == {
        **KEYS,
        "message": "Order Completed by u-7",
        "title": "Thank you",
        "priority": "0",
        "timestamp": "1793534400",
    }


def test_an_alert_repeats_itself_until_it_is_acknowledged(host):
    sent = form(perform(host, "send_alert"))
    assert (sent["priority"], sent["retry"], sent["expire"], sent["tags"]) == (
        "2",
        "60",
        "3600",
        "disk-1",
    )


def test_the_alerts_of_a_tag_are_ended(host):
    request = perform(host, "end_alert")
    assert request.path == "/1/receipts/cancel_by_tag/disk-1.json"
    assert form(request) == {"token": module.TOKEN}


def test_sounds_and_devices_can_be_chosen(host):
    pushover(host)
    connection = pushover.connect(host, "pushover")
    action = connection.destination.actions["send_message"]
    sounds = connection.choices(action, "sound").items
    assert [(each.value, each.label) for each in sounds] == [
        ("pushover", "Pushover (default)"),
        ("bike", "Bike"),
    ]
    devices = connection.choices(action, "device").items
    assert [each.value for each in devices] == ["iphone", "nexus5"]


def test_a_message_is_what_another_program_sends(host):
    mapping = {"message": "Thank you", "title": "Order Completed", "priority": "0"}
    request, sdk = perform(host, "send_message", mapping=mapping), SDK["send"]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    assert form(request).items() <= sdk["data"].items()
