"""What arrives at Shopify, beside what its own package sends."""

import json
from pathlib import Path

import pytest

from portcall import Auth, AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
shopify = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))["graphql"]

test_conformance = conformance("shopify")


def sent(host, name, count=1, **settings):
    peer = shopify(host)
    connection = shopify.connect(host, "shopify", **settings)
    action = connection.destination.actions[name]
    events = [shopify.events[name]] * count
    outcomes = list(connection.deliver(action, events, mapping=shopify.mapping(action)))
    assert {each.kind for each in outcomes} == {"delivered"}
    return peer.requests


def test_a_request_is_what_the_sdk_sends(host):
    [request] = sent(host, "upsert_customer")
    assert (request.method, request.path) == (SDK["method"], SDK["path"])
    header = SDK["headers"]["x-shopify-access-token"]
    assert request.headers["X-Shopify-Access-Token"] == header
    body, sdk = request.json(), SDK["data"]
    assert (body["query"], body["variables"]) == (sdk["query"], sdk["variables"])


def test_twenty_five_metafields_are_a_batch(host):
    requests = sent(host, "set_metafield", 26)
    sizes = [len(each.json()["variables"]["metafields"]) for each in requests]
    assert sizes == [25, 1]
    assert requests[0].json()["variables"]["metafields"][0] == {
        "ownerId": "gid://shopify/Customer/7961234567",
        "namespace": "custom",
        "key": "score",
        "value": "41",
    }


def test_an_app_of_ones_own_signs_in_with_its_credentials(host):
    peer = shopify(host)
    settings = {"method": "client_credentials", "shop": "acme"}
    auth = {"client_id": module.CLIENT, "client_secret": module.SECRET}
    connection = host.destination("shopify").connect(settings, Auth(**auth))
    assert connection.test() == "Acme"
    token, request = peer.requests
    assert token.path == "/admin/oauth/access_token"
    assert request.headers["X-Shopify-Access-Token"] == module.TOKEN


def test_a_customers_data_is_erased(host):
    peer = shopify(host)
    connection = shopify.connect(host, "shopify")
    forget = {"type": "delete", "userId": "7"}
    connection.perform(connection.destination.actions["delete"], forget)
    assert peer.requests[0].json()["variables"] == {"id": "gid://shopify/Customer/7"}


def test_definitions_of_metaobjects_can_be_chosen(host):
    shopify(host)
    connection = shopify.connect(host, "shopify")
    action = connection.destination.actions["upsert_metaobject"]
    [choice] = connection.choices(action, "type").items
    assert (choice.value, choice.label) == ("order_note", "Order note")


def test_a_token_that_is_none_is_told(host):
    shopify(host)
    with pytest.raises(AuthenticationError, match="Invalid API key"):
        shopify.connect(host, "shopify", access_token="other").test()
