"""What arrives at ActiveCampaign, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall.testing import ApiStandIn, conformance

campaign = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("activecampaign")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [campaign.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def test_a_contact_is_found_by_its_address(host):
    peer = campaign(host)
    assert deliver(campaign.connect(host, "activecampaign"), "sync_contact") == ["delivered"]
    person = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
    assert peer.requests[0].json() == {"contact": {**person, "phone": "+442079460958"}}


def test_a_contact_is_put_on_a_list_by_numbers(host):
    peer = campaign(host)
    deliver(campaign.connect(host, "activecampaign"), "update_list_status")
    assert peer.requests[0].json() == {"contactList": {"list": 2, "contact": 7, "status": 1}}


def test_an_event_goes_to_the_tracker_with_a_key_of_its_own(host):
    peer = campaign(host)
    deliver(campaign.connect(host, "activecampaign"), "track_event")
    [request] = peer.requests
    assert request.headers["Host"] == "trackcmp.net"
    assert request.form["event"] == ["Order Completed"]
    assert request.form["visit"] == ['{"email":"ada@example.com"}']
    assert "Api-Token" not in request.headers


def test_the_identity_is_the_user_and_lists_can_be_chosen(host):
    campaign(host)
    connection = campaign.connect(host, "activecampaign")
    assert connection.test() == "ada@example.com"
    action = connection.destination.actions["update_list_status"]
    assert [item.label for item in connection.choices(action, "list").items] == ["Newsletter"]
