"""Published values, bit for bit."""

import re

import pytest

from portcall import Request, reveal
from portcall_digest.challenges import parse
from portcall_digest.keys import Key
from portcall_digest.nonces import Nonce
from portcall_digest.offers import choose

MUFASA = ("Mufasa", "Circle of Life")
EXAMPLE = "http://www.example.org/dir/index.html"
COMMON = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def answer(challenge, user, password, cnonce, url):
    chosen = choose(parse([challenge]), url)
    nonce = Nonce(chosen.nonce, Key(chosen, user, password, cnonce))
    return reveal(nonce.authorize(Request(method="GET", url=url)))


def fields(header):
    return {k: v.strip('"') for k, v in re.findall(r'([\w*]+)=("[^"]*"|[^,]+)', header)}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_answers_that_rfc_7616_prints_are_made(algorithm, response):
    """§3.9.1: MD5 and SHA-256."""
    header = answer(COMMON.format(algorithm), *MUFASA, CNONCE, EXAMPLE)
    assert fields(header) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": CNONCE,
        "qop": "auth",
        "response": response,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }


def test_of_two_known_challenges_the_first_is_answered():
    """§3.7, §3.9.1: of two challenges that are both known, the first."""
    both = parse([COMMON.format("SHA-256"), COMMON.format("MD5")])
    assert [choose(each, EXAMPLE).named for each in (both, both[::-1])] == ["SHA-256", "MD5"]


def test_the_sha_512_256_answer_with_a_hashed_name_of_rfc_7616_is_made():
    """§3.9.2 with erratum 4897: SHA-512-256, ``userhash``, a name in UTF-8."""
    challenge = (
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    )
    cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"
    url = "http://api.example.org/doe.json"
    sent = fields(answer(challenge, "Jäsøn Doe", "Secret, or not?", cnonce, url))
    name = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    assert (sent["username"], sent["userhash"]) == (name, "true")
    proof = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert (sent["response"], sent["uri"]) == (proof, "/doe.json")


def test_the_answer_that_rfc_2617_prints_is_made():
    """RFC 2617 §3.5: the example of the RFC before."""
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    header = answer(challenge, "Mufasa", "Circle Of Life", "0a4f113b", EXAMPLE)
    assert fields(header)["response"] == "6629fae49393a05397450978507c4ef1"
    assert "algorithm" not in fields(header)


def test_a_name_beyond_ascii_is_written_as_rfc_7616_prints_it():
    """§3.4.4: ``username*`` as the RFC prints it."""
    header = answer(COMMON.format("MD5"), "Jäsøn Doe", "x", "c", EXAMPLE)
    assert "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, " in header
