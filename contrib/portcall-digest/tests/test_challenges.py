"""The parser: what servers send, and what they should not."""

from time import process_time

import pytest
from hypothesis import given, strategies as st

from portcall_digest.challenges import parse, parse_params
from portcall_digest.offers import choose

URL = "https://api.example.com/x"
CASES = [
    ("Basic", [("basic", {})]),
    ('Basic realm="a"', [("basic", {"realm": "a"})]),
    ('  ,, Basic \t realm = "a" ,,', [("basic", {"realm": "a"})]),
    ("Negotiate abc==, NTLM", [("negotiate", {}), ("ntlm", {})]),
    ("Basic, Digest realm=x", [("basic", {}), ("digest", {"realm": "x"})]),
    (
        'Digest REALM="a, Basic b=\\"c\\"", nonce="n\\\\" , qop=auth,Bearer',
        [("digest", {"realm": 'a, Basic b="c"', "nonce": "n\\", "qop": "auth"}), ("bearer", {})],
    ),
    ('Digest, realm="x"', [("digest", {"realm": "x"})]),
    ('Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"', None),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_challenges_are_read_from_lists_quotes_and_odd_white_space(text, expected):
    """RFC 9110 §11.6.1: lists, quotes, token68, odd white space."""
    found = [(each.scheme, each.params) for each in parse([text]) if each.sound]
    if expected is None:  # the example of RFC 9110
        newauth = {"realm": "apps", "type": "1", "title": 'Login to "apps"'}
        expected = [("newauth", newauth), ("basic", {"realm": "simple"})]
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        'Digest realm="a", realm="b", nonce="n"',
        'Digest realm="a", nonce="n',
        'Digest realm="a" nonce="n"',
        'Digest realm=a b, nonce="n"',
        'Digest realm="a", =x, nonce="n"',
        "Digest " + ", ".join(f"p{n}=1" for n in range(100)) + ', realm="a", nonce="n"',
        'Digest realm="a", nonce="' + "n" * 17_000 + '"',
        'Digest realm="a"',
        'Digest nonce="n"',
        'Digest realm="a", nonce="n", qop="token"',
        'realm="a", nonce="n"',
    ],
)
def test_an_unsound_challenge_is_passed_over_for_a_sound_one(text):
    assert choose(parse([text]), URL) is None
    good = 'Digest realm="good", nonce="n"'
    assert choose(parse([text, good]), URL).realm == "good"


@pytest.mark.parametrize(
    "piece",
    ["a", 'a="', '"', "\\", '\\"', "a=,", "a a", " ", "a=\t", 'a="\\",', "=", "a =", 'x="a" '],
)
def test_reading_a_challenge_takes_linear_time(piece):
    text = ("Digest " + piece * 16_384)[:16_384]
    start = process_time()
    parse([text] * 32)
    assert process_time() - start < 4


@given(st.lists(st.text(alphabet='aD="\\, \t~/', max_size=60), max_size=4))
def test_no_text_makes_the_parser_raise(texts):
    choose(parse([f"Digest {text}" for text in texts]), URL)
    parse_params(texts[0] if texts else "")


@pytest.mark.parametrize(
    ("domain", "places"),
    [
        ("/a b", ("https://api.example.com/a", "https://api.example.com/b")),
        ("https://Other.example:443", ("https://other.example/",)),
        ("", ("https://api.example.com/",)),
        ("http://[", ("https://api.example.com/",)),
    ],
)
def test_a_domain_may_be_relative_of_another_server_or_missing(domain, places):
    """§3.3: ``domain`` may be relative, of other servers, or missing."""
    offer = f'Digest realm="r", nonce="n", domain="{domain}"'
    assert choose(parse([offer]), URL).places == places
