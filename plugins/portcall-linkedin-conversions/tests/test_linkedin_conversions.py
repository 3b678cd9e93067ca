"""What arrives at LinkedIn, seen by a stand-in that verifies the credentials."""

from hashlib import sha256
from pathlib import Path

from portcall import Auth
from portcall.testing import ApiStandIn, conformance

linkedin = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("linkedin-conversions")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [linkedin.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def test_a_conversion_names_its_rule_and_a_hashed_address(host):
    peer = linkedin(host)
    assert deliver(linkedin.connect(host, "linkedin-conversions"), "send_conversion") == [
        "delivered"
    ]
    email = sha256(b"ada@example.com").hexdigest()
    assert peer.requests[0].json()["elements"] == [
        {
            "conversion": "urn:lla:llaPartnerConversion:104012",
            "conversionHappenedAt": 1777636800000,
            "eventId": "m-1",
            "conversionValue": {"currencyCode": "EUR", "amount": "41.5"},
            "user": {
                "userIds": [
                    {"idType": "SHA256_EMAIL", "idValue": email},
                    {
                        "idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID",
                        "idValue": "df5gf5-gh6t7-ph4j7h-fgf6n1",
                    },
                ],
                "userInfo": {"firstName": "Ada", "lastName": "Lovelace"},
            },
        }
    ]


def test_what_an_event_lacks_is_left_out(host):
    peer = linkedin(host)
    event = {
        "type": "track",
        "timestamp": "2026-05-01T12:00:00Z",
        "properties": {"email": "ada@example.com", "conversion_id": "1"},
    }
    deliver(linkedin.connect(host, "linkedin-conversions"), "send_conversion", event)
    [element] = peer.requests[0].json()["elements"]
    assert "conversionValue" not in element
    assert [each["idType"] for each in element["user"]["userIds"]] == ["SHA256_EMAIL"]
    assert "userInfo" not in element["user"]


def test_the_identity_is_the_account_and_rules_can_be_chosen(host):
    peer = linkedin(host)
    connection = linkedin.connect(host, "linkedin-conversions")
    assert connection.test() == "Acme"
    action = connection.destination.actions["send_conversion"]
    [item] = connection.choices(action, "conversion_id").items
    assert item.label == "Purchase"
    assert peer.requests[-1].query["account"] == ["urn:li:sponsoredAccount:512345678"]


def test_an_app_asks_for_the_scope_of_conversions(host):
    app = Auth(client_id="app", client_secret="app-secret-1a2b")
    settings = {"method": "oauth", "ad_account_id": "1"}
    connection = host.destination("linkedin-conversions").connect(settings, app)
    url = f"{connection.begin_authorization('https://ours.example/back').url}"
    assert "rw_conversions" in url
