"""Published values, bit for bit, and what oauthlib makes of the same requests."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, strategies as st
from oauthlib import oauth1

from portcall import Request, Secret, reveal
from portcall_oauth1.base import base_string
from portcall_oauth1.methods import METHODS, Keys
from portcall_oauth1.settings import Credentials
from portcall_oauth1.signing import authorization

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PHOTOS = {"oauth_consumer_key": "dpf43f3p2l4k3l03", "oauth_signature_method": "HMAC-SHA1"}
PRINTER = "kd94hf93k423kf44"
CASES = Path(__file__).parents[3] / "tests" / "conformance" / "cases" / "oauth1_vectors.json"


def sign(request, oauth, consumer_secret, token_secret):
    keys = Keys(consumer=Secret(consumer_secret), token=Secret(token_secret))
    return METHODS["HMAC-SHA1"].sign(keys, base_string(request, oauth))


@pytest.mark.parametrize(
    ("method", "url", "oauth", "token_secret", "signature"),
    [
        (
            "POST",
            "https://photos.example.net/initiate",
            {
                "oauth_timestamp": "137131200",
                "oauth_nonce": "wIjqoS",
                "oauth_callback": "http://printer.example.com/ready",
            },
            "",
            "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
        ),
        (
            "POST",
            "https://photos.example.net/token",
            {
                "oauth_token": "hh5s93j4hdidpola",
                "oauth_timestamp": "137131201",
                "oauth_nonce": "walatlh",
                "oauth_verifier": "hfdp7dh39dks9884",
            },
            "hdhd0244k9j7ao03",
            "gKgrFCywp7rO0OXSjdot/IHF7IU=",
        ),
        (
            "GET",
            "http://photos.example.net/photos?file=vacation.jpg&size=original",
            {
                "oauth_token": "nnch734d00sl2jdk",
                "oauth_timestamp": "137131202",
                "oauth_nonce": "chapoH",
            },
            "pfkkdhi9sl3r4s00",
            "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
        ),
    ],
)
def test_the_signatures_of_rfc_5849_are_made(method, url, oauth, token_secret, signature):
    """§1.2: the three signatures of the printing example."""
    request = Request(method=method, url=url)
    assert sign(request, {**PHOTOS, **oauth}, PRINTER, token_secret) == signature


def test_the_base_string_of_rfc_5849_is_made():
    """§3.4.1.1: the base string as printed, of a form body and an odd query."""
    request = Request(
        method="POST",
        url="http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        headers=FORM,
        body=b"c2&a3=2+q",
    )
    oauth = {
        "oauth_consumer_key": "9djdj82h48djs9d2",
        "oauth_token": "kkk9d7dh3k39sjv7",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131201",
        "oauth_nonce": "7d8f3e4a",
    }
    assert base_string(request, oauth) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D"
        "%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3"
        "e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkk"
        "k9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    ("method", "url", "place"),
    [
        ("GET", "http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("GET", "https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("GET", "https://example.net:443", "https://example.net/"),
    ],
)
def test_the_base_string_has_the_uri_in_its_normal_form(method, url, place):
    """§3.4.1.2: scheme and host in lower case, no default port, the path as it is."""
    found = unquote(base_string(Request(method=method, url=url), {}).split("&")[1])
    assert found == place


def test_every_signature_that_rfc_5849_and_x_publish_is_made():
    """RFC 5849 §3.4.2: every signature that RFC 5849 and X publish."""
    for case in json.loads(CASES.read_text("utf-8")):
        body = case["body"] and case["body"].encode()
        headers = FORM if body else {}
        request = Request(method=case["method"], url=case["url"], headers=headers, body=body)
        base = base_string(request, case["oauth"])
        signature = sign(request, case["oauth"], case["consumer_secret"], case["token_secret"])
        assert case.get("base_string") in {None, base}, case["from"]
        assert case["signature"] in {None, signature}, case["from"]


def test_the_authorization_header_that_x_publishes_is_made():
    """§3.5.1: a whole header, with the signature of X's page "Creating a signature"."""
    request = Request(
        method="POST",
        url="https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        headers=FORM,
        body=b"status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21",
    )
    settings = Credentials(
        consumer_key="xvz1evFS4wEEPTGEFPHBog",
        consumer_secret=Secret("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
        realm='a "b"',
    )
    keys = Keys(
        consumer=settings.consumer_secret, token=Secret("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")
    )
    token = Secret("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb")
    nonce = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"
    header = reveal(authorization(request, settings, keys, token, 1318622958, nonce=nonce))
    assert header.startswith('OAuth realm="a%20%22b%22", oauth_consumer_key="xvz1evFS4wEEPTGEFPHB')
    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in header


UNRESERVED = st.text(alphabet="aZ09-._~ é€&=+%/?", max_size=8)


@given(st.lists(st.tuples(UNRESERVED, UNRESERVED), max_size=5), UNRESERVED, UNRESERVED)
def test_oauthlib_makes_the_same_signature(pairs, key, secret):
    """§3.4.1.3: any query, signed as oauthlib signs it."""
    from urllib.parse import urlencode

    url = "https://api.example.com/a%20b?" + urlencode(pairs)
    theirs = oauth1.Client("k" + key, secret, "t" + key, secret, nonce="n", timestamp="137131200")
    _, headers, _ = theirs.sign(url)
    right = re.search('oauth_signature="([^"]+)"', headers["Authorization"])[1]
    settings = Credentials(consumer_key="k" + key, consumer_secret=Secret(secret))
    keys = Keys(consumer=settings.consumer_secret, token=Secret(secret))
    ours = authorization(
        Request(method="GET", url=url), settings, keys, Secret("t" + key), 137131200, nonce="n"
    )
    assert re.search('oauth_signature="([^"]+)"', reveal(ours))[1] == right
