"""The device grant, with a clock that a test holds."""

from types import SimpleNamespace

import attrs
import pytest

from portcall import Auth, AuthenticationError, Host, SettingsError, field, hookimpl
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.flows import DeviceFlow
from portcall.testing import Reply

CODES = {
    "device_code": "GmRhmhcxhwAzkoEqiMEg",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://example.com/device",
    "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
    "expires_in": 1800,
    "interval": 5,
}
PENDING = Reply(400, json={"error": "authorization_pending"})
SLOW_DOWN = Reply(400, json={"error": "slow_down"})
DONE = Reply(json={"access_token": "a1", "token_type": "bearer", "refresh_token": "r1"})


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


class Clock:
    def __init__(self):
        self.time, self.waits = 0.0, []

    def wait(self, seconds):
        self.waits.append(seconds)
        self.time += seconds


def connect(peer, **declared):
    def oauth2_endpoints(settings):
        base = {
            "token_url": f"{settings.endpoint}/token",
            "device_url": f"{settings.endpoint}/device",
        }
        return OAuth2Endpoints(**{**base, "client_authentication": "none", **declared})

    plugin = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "oauth2"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        oauth2_endpoints=hookimpl(oauth2_endpoints),
    )
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    return host.destination("acme").connect({"endpoint": peer.url}, Auth(client_id="tv"))


def authorize(peer, *answers, codes=CODES, **declared):
    """Run the whole flow; return the credentials, what was shown, and the waits."""
    peer.route("POST", "/device", Reply(json=codes))
    peer.route("POST", "/token", *answers)
    clock, shown = Clock(), []
    flow = DeviceFlow(shown.append, clock.wait, lambda: clock.time)
    try:
        return connect(peer, **declared).authorize(flow), shown, clock.waits
    except AuthenticationError as error:
        return error, shown, clock.waits


def test_a_person_decides_after_two_questions(peer):
    auth, (shown,), waits = authorize(peer, PENDING, PENDING, DONE, scopes=["x"])
    assert (auth.access_token.reveal(), auth.refresh_token.reveal()) == ("a1", "r1")
    assert auth.scopes == ("x",)
    assert (shown.user_code, shown.interval_s, shown.lifetime_s) == ("WDJB-MJHT", 5, 1800)
    assert shown.verification_url_complete == CODES["verification_uri_complete"]
    assert "GmRhmhcxhwAzkoEqiMEg" not in repr(shown)
    assert waits == [5, 5, 5]
    assert peer.received("/device")[0].form == {"client_id": ["tv"], "scope": ["x"]}
    assert peer.received("/token")[0].form == {
        "grant_type": ["urn:ietf:params:oauth:grant-type:device_code"],
        "device_code": ["GmRhmhcxhwAzkoEqiMEg"],
        "client_id": ["tv"],
    }


def test_slow_down_adds_five_seconds_for_good(peer):
    _, _, waits = authorize(peer, SLOW_DOWN, PENDING, SLOW_DOWN, PENDING, DONE)
    assert waits == [5, 10, 10, 15, 15]


def test_slow_down_may_name_a_longer_interval_and_come_with_200(peer):
    named = Reply(json={"error": "slow_down", "interval": 60})
    assert authorize(peer, named, DONE)[2] == [5, 60]


@pytest.mark.parametrize(
    ("said", "wait"),
    [(None, 5), (0, 5), (-3, 5), ("soon", 5), (True, 5), ([5], 5), (1e9, 5), ("7", 7), (9999, 300)],
)
def test_an_interval_that_cannot_be_one_is_five_seconds(peer, said, wait):
    assert authorize(peer, DONE, codes={**CODES, "interval": said})[2] == [wait]


@pytest.mark.parametrize(
    ("word", "said"), [("access_denied", "declined"), ("expired_token", "begin again")]
)
def test_a_no_and_a_code_that_is_over_are_final(peer, word, said):
    error, _, waits = authorize(peer, PENDING, Reply(400, json={"error": word}))
    assert said in str(error)
    assert len(waits) == 2


def test_trouble_on_the_way_gives_more_room_each_time(peer):
    busy = Reply(503, body=b"<html>")
    auth, _, waits = authorize(peer, busy, Reply(hang_up=True), PENDING, DONE)
    assert auth.access_token.reveal() == "a1"
    assert waits == [5, 10, 20, 20]


def test_it_ends_when_the_codes_do_however_long_nobody_decides(peer):
    error, _, waits = authorize(peer, PENDING, codes={**CODES, "expires_in": 60})
    assert "within 60 s" in str(error)
    assert sum(waits) < 60
    assert len(waits) == 11


@pytest.mark.parametrize("said", [None, 10**9, "x", -1])
def test_a_lifetime_that_cannot_be_one_is_bounded(peer, said):
    error, _, waits = authorize(peer, PENDING, codes={**CODES, "expires_in": said, "interval": 300})
    assert "within 3600 s" in str(error)
    assert len(waits) == 11


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_code": "\x1b[2Jx"},
        {"user_code": ""},
        {"user_code": 7},
        {"user_code": "x" * 200},
        {"device_code": None},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": None},
        {"verification_uri": "https://user@evil.example/"},
    ],
)
def test_what_cannot_be_shown_is_refused(peer, wrong):
    error, shown, _ = authorize(peer, DONE, codes={**CODES, **wrong})
    assert "lacks a user_code" in str(error)
    assert shown == []


def test_a_verification_url_is_taken_for_a_verification_uri(peer):
    codes = {**CODES, "verification_url": CODES["verification_uri"], "verification_uri": None}
    assert authorize(peer, DONE, codes=codes)[1][0].verification_url == CODES["verification_uri"]


def test_a_refusal_of_the_codes_says_why(peer):
    peer.route("POST", "/device", Reply(401, json={"error": "invalid_client"}))
    with pytest.raises(AuthenticationError, match="check the client id"):
        connect(peer).authorize(DeviceFlow(print))


def test_a_destination_without_device_url_says_so(peer):
    with pytest.raises(SettingsError, match="device_url"):
        connect(peer, device_url=None).authorize(DeviceFlow(print))
