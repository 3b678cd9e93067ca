"""What arrives at Google Ads, beside the messages of Google's own package."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
ads = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("google-ads")


def sent(host, name, count=1, mapping=None, **settings):
    peer = ads(host)
    connection = ads.connect(host, "google-ads", **settings)
    action = connection.destination.actions[name]
    chosen = {**ads.mapping(action), **(mapping or {})}
    outcomes = list(connection.deliver(action, [ads.events[name]] * count, mapping=chosen))
    assert {each.kind for each in outcomes} == {"delivered"}, outcomes[0]
    return peer.requests


@pytest.mark.parametrize("name", ["upload_conversion", "enhance_conversion", "adjust_conversion"])
def test_a_request_is_a_message_of_googles_own_package(host, name):
    [request] = sent(host, name)
    assert request.path.endswith(SDK[name]["path"])
    assert request.json() == SDK[name]["data"]


def test_a_value_is_given_anew(host):
    mapping = {"kind": "RESTATEMENT", "value": 20, "currency": "EUR"}
    [request] = sent(host, "adjust_conversion", mapping=mapping)
    [adjustment] = request.json()["conversionAdjustments"]
    assert adjustment["adjustmentType"] == "RESTATEMENT"
    assert adjustment["restatementValue"] == {"adjustedValue": 20, "currencyCode": "EUR"}


def test_two_thousand_conversions_are_a_batch(host):
    sizes = [len(each.json()["conversions"]) for each in sent(host, "upload_conversion", 2001)]
    assert sizes == [2000, 1]


def test_a_manager_is_named_in_a_header(host):
    [request] = sent(host, "upload_conversion", login_customer_id="222-333-4444")
    assert request.headers["developer-token"] == module.DEVELOPER
    assert request.headers["login-customer-id"] == "2223334444"


def test_conversion_actions_can_be_chosen(host):
    ads(host)
    connection = ads.connect(host, "google-ads")
    assert connection.test() == "Acme"
    action = connection.destination.actions["upload_conversion"]
    [choice] = connection.choices(action, "conversion_action").items
    assert (choice.value, choice.label) == (module.ACTION, "Leads")


def test_a_developer_token_that_is_none_is_told(host):
    ads(host)
    with pytest.raises(AuthenticationError, match="developer token is not valid"):
        ads.connect(host, "google-ads", developer_token="other-0").test()
