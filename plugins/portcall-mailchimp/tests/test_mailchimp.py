"""What arrives at Mailchimp."""

from pathlib import Path

import pytest

from portcall import AuthenticationError, SettingsError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

module = load_python_file(Path(__file__).with_name("stand_in.py"))
mailchimp = module.stand_in

test_conformance = conformance("mailchimp")


def deliver(connection, name, **more):
    action = connection.destination.actions[name]
    event = {**mailchimp.events[name], **more}
    return list(connection.deliver(action, [event], mapping=mailchimp.mapping(action)))


def test_members_are_added_or_updated(host):
    peer = mailchimp(host)
    deliver(mailchimp.connect(host, "mailchimp"), "add_member")
    [request] = peer.requests
    assert request.headers["Host"] == "us21.api.mailchimp.com"
    assert request.json() == {
        "members": [
            {
                "email_address": "ada@example.com",
                "status": "subscribed",
                "merge_fields": {"FNAME": "Ada", "LNAME": "Lovelace"},
            }
        ],
        "update_existing": True,
    }


def test_an_event_has_a_name_without_spaces(host):
    peer = mailchimp(host)
    deliver(mailchimp.connect(host, "mailchimp"), "track_event")
    [request] = peer.requests
    assert request.json() == {
        "name": "Order_Completed",
        "occurred_at": "2026-11-01T12:00:00+00:00",
    }


def test_a_tag_is_given(host):
    peer = mailchimp(host)
    deliver(mailchimp.connect(host, "mailchimp"), "tag_member")
    assert peer.requests[0].json() == {"tags": [{"name": "customer", "status": "active"}]}


def test_the_data_center_is_the_end_of_the_key_or_a_setting(host):
    peer = mailchimp(host)
    assert mailchimp.connect(host, "mailchimp").test() == "Acme"
    oauth = mailchimp.connect(host, "mailchimp", method="oauth", data_center="us21")
    assert oauth.test() == "Acme"
    assert peer.requests[1].headers["Authorization"] == f"Bearer {module.TOKEN}"
    with pytest.raises(SettingsError, match="api_key"):
        mailchimp.connect(host, "mailchimp", api_key="0123456789abcdef").test()


def test_audiences_can_be_chosen(host):
    mailchimp(host)
    connection = mailchimp.connect(host, "mailchimp")
    [choice] = connection.choices(connection.destination.actions["add_member"], "list").items
    assert (choice.value, choice.label) == (module.LIST, "Newsletter")


def test_a_key_that_is_none_is_told(host):
    mailchimp(host)
    with pytest.raises(AuthenticationError, match="may be invalid"):
        mailchimp.connect(host, "mailchimp", api_key="other-us21").test()
