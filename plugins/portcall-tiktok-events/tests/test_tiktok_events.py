"""What arrives at TikTok, seen by a stand-in that verifies the credentials."""

from hashlib import sha256
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

tiktok = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("tiktok-events")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [tiktok.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def hashed(text):
    return sha256(text.encode()).hexdigest()


def test_an_order_is_a_payment_whose_customer_is_hashed(host):
    peer = tiktok(host)
    connection = tiktok.connect(host, "tiktok-events")
    assert deliver(connection, "send_event", preset="Purchases") == ["delivered"]
    assert peer.requests[0].json() == {
        "event_source": "web",
        "event_source_id": "COQDA8RC77U2TMR44LI0",
        "data": [
            {
                "event": "CompletePayment",
                "event_time": 1777636800,
                "event_id": "m-1",
                "page": {"url": "https://shop.example/thanks"},
                "properties": {
                    "value": 41.5,
                    "currency": "EUR",
                    "order_id": "o-1",
                    "content_type": "product",
                    "contents": [{"content_id": "p-1", "quantity": 2, "price": 20.75}],
                },
                "user": {
                    "email": hashed("ada@example.com"),
                    "phone": hashed("+442079460958"),
                    "external_id": hashed("u-7"),
                    "ip": "203.0.113.7",
                    "user_agent": "Mozilla/5.0",
                },
            }
        ],
    }


def test_no_personal_data_leaves_in_clear(host):
    peer = tiktok(host)
    deliver(tiktok.connect(host, "tiktok-events"), "send_event")
    assert b"xample.com" not in peer.requests[0].body
    assert b"7946" not in peer.requests[0].body
