"""What arrives at Zendesk, seen by a stand-in that verifies the credentials."""

from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.testing import ApiStandIn, conformance

zendesk = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("zendesk")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [zendesk.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_a_ticket_has_its_requester_and_a_key_against_repeats(host):
    peer = zendesk(host)
    assert deliver(zendesk.connect(host, "zendesk"), "create_ticket") == ["delivered"]
    [request] = peer.requests
    assert request.headers["Idempotency-Key"]
    assert request.json()["ticket"] == {
        "subject": "Help Requested",
        "comment": {"body": "Help Requested by u-7", "public": True},
        "requester": {"name": "Ada", "email": "ada@example.com"},
        "external_id": "m-1",
    }


def test_a_user_is_made_without_a_verification_mail(host):
    peer = zendesk(host)
    deliver(zendesk.connect(host, "zendesk"), "upsert_user")
    assert peer.requests[0].json()["user"] == {
        "external_id": "u-7",
        "name": "Ada",
        "email": "ada@example.com",
        "skip_verify_email": True,
    }


def test_a_stranger_is_told_though_zendesk_answers_200(host):
    zendesk(host)
    assert zendesk.connect(host, "zendesk").test() == "ada@example.com"
    with pytest.raises(AuthenticationError, match="stranger"):
        zendesk.connect(host, "zendesk", api_token="key-wrong").test()


def test_a_person_is_deleted_by_external_id(host):
    peer = zendesk(host)
    assert deliver(
        zendesk.connect(host, "zendesk"), "delete", {"type": "delete", "userId": "u-7"}
    ) == ["delivered"]
    assert peer.requests[0].query == {"external_ids": ["u-7"]}
