"""What arrives at Intercom, beside what its own package sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
intercom = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("intercom")


def perform(host, name, event=None, **settings):
    peer = intercom(host)
    connection = intercom.connect(host, "intercom", **settings)
    action = connection.destination.actions[name]
    connection.perform(action, event or intercom.events[name], mapping=intercom.mapping(action))
    return peer.requests


@pytest.mark.parametrize("name", ["track_event", "upsert_contact", "upsert_company", "tag_contact"])
def test_requests_are_those_of_the_sdk(host, name):
    requests = perform(host, name)
    ours = [(each.method, each.path, each.json() if each.body else None) for each in requests]
    theirs = [(each["method"], each["path"], each["data"]) for each in SDK[name]]
    assert ours == theirs
    assert requests[0].headers["Authorization"] == SDK[name][0]["authorization"]


def test_a_contact_that_exists_is_updated_by_intercoms_own_id(host):
    peer = intercom(host)
    text = f"A contact matching those details already exists with id={module.ID}"
    intercom.route(peer, module.CONTACTS, module.refused(409, "conflict", text))
    connection = intercom.connect(host, "intercom")
    action = connection.destination.actions["upsert_contact"]
    connection.perform(action, intercom.events["upsert_contact"])
    assert [(each.method, each.path) for each in peer.requests] == [
        ("POST", "/contacts"),
        ("PUT", f"/contacts/{module.ID}"),
    ]
    assert peer.requests[0].json() == peer.requests[1].json()


def test_an_event_keeps_ten_plain_values_links_and_amounts(host):
    plain = {f"n{number}": number for number in range(9)}
    price = {"amount": 2999, "currency": "usd"}
    given = {"products": [1], "more": {"a": 1}, **plain, "price": price, "last": "dropped"}
    event = {**intercom.events["track_event"], "properties": given}
    [request] = perform(host, "track_event", event)
    assert request.json()["metadata"] == {**plain, "price": price}


def test_a_region_is_another_host_and_an_app_signs_in_with_its_token(host):
    peer = intercom(host)
    host.stand_in("api.eu.intercom.io", peer)
    connection = intercom.connect(host, "intercom", method="oauth", region="api.eu.intercom.io")
    assert connection.test() == "Acme"
    [request] = peer.requests
    assert request.headers["Host"] == "api.eu.intercom.io"
    assert request.headers["Authorization"] == f"Bearer {module.TOKEN}"


def test_a_person_is_deleted_once(host):
    forget = {"type": "delete", "userId": "u-7"}
    peer = intercom(host)
    connection = intercom.connect(host, "intercom")
    connection.perform(connection.destination.actions["delete"], forget)
    intercom.route(peer, module.FIND, module.refused(404, "not_found", "User Not Found"))
    connection.perform(connection.destination.actions["delete"], forget)
    assert [each.method for each in peer.requests] == ["GET", "DELETE", "GET"]


def test_tags_can_be_chosen(host):
    intercom(host)
    connection = intercom.connect(host, "intercom")
    [tag] = connection.choices(connection.destination.actions["tag_contact"], "tag").items
    assert (tag.value, tag.label) == ("123", "VIP")


def test_a_token_that_is_none_is_told(host):
    intercom(host)
    with pytest.raises(AuthenticationError, match="Access Token Invalid"):
        intercom.connect(host, "intercom", access_token="other").test()
