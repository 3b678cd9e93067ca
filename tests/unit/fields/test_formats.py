"""Each named format: what it accepts, what it refuses, and how long it takes."""

from __future__ import annotations

import ipaddress
import re
import warnings
from time import perf_counter
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings, strategies as st

from portcall.fields import FORMATS

GOOD = {
    "uri": ["https://example.com", "http://a:80/b?c#d", "app+x://[::1]:9/", "https://u:p@h/%20"],
    "email": ["ada@example.com", "a.b+c@x", "o'neil@a-b.example"],
    "hostname": ["localhost", "API.example.com", "xn--bcher-kva.example", "a" * 63, "1.2.3.4"],
    "hostname-label": ["acme", "A1-b2", "a", "0", "a" * 63],
    "username": ["ada", "Ada Lovelace", "ada@example.com", "müller", "😀", "a/b"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
    "date-time": ["2026-05-01T12:00:00Z", "2024-02-29t23:59:59.123456789-23:59"],
    "date": ["2026-05-01", "2024-02-29"],
    "ipv4": ["0.0.0.0", "255.255.255.255"],
    "ipv6": ["::", "2001:db8::1", "::ffff:192.0.2.1"],
    "regex": ["^user-[0-9]+$", "a|b", ""],
    "text": ["", "two\nlines"],
}
BAD = {
    "uri": [
        "",
        "example.com/x",
        "//example.com",
        "https:/x",
        "https://",
        "localhost:8080",
        "https://a b",
        "https://bücher.example",
        "https://[1::2::3]/",
        "https://[fe80::1%25eth0]/",
        "https://a/%2",
        "https://a/\n",
        "https://a/" + "b" * 8000,
    ],
    "email": ["", "ada", "ada@", "@x", "a@b@c", "a b@c", "ada@bücher.example", "a" * 65 + "@x"],
    "hostname": [
        "",
        "a.",
        ".a",
        "a..b",
        "-a",
        "a-",
        "a_b",
        "a" * 64,
        "bücher",
        ".".join("ab" * 99),
    ],
    "username": ["", "a:b", ":", "a\n", "a\0", "\ud83d"],
    "hostname-label": [
        "",
        "a.b",
        "a/b",
        "a@b",
        "a:b",
        "a#b",
        "a?b",
        "a\\b",
        "-a",
        "a-",
        "a%2e",
        "\uff41",
        "a\n",
        "a" * 64,
        "\u017f",
        "\u212a",
    ],
    "uuid": ["", "123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}"],
    "date-time": [
        "2026-05-01",
        "2026-05-01T12:00:00",
        "2026-05-01 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "٢026-05-01T12:00:00Z",
    ],
    "date": ["2026-02-30", "20260501", "2026-W01-1", "0000-01-01", "2026-05-01\n"],
    "ipv4": ["1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.٤", "1.2.3.4\n"],
    "ipv6": [":::", "1::2::3", "fe80::1%eth0", "1.2.3.4", "::1\n", "[::1]"],
    "regex": ["(", "[", "a{99999999999}", "(" * 999, "a" * 1001],
    "text": [],
}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, text) for name, texts in table.items() for text in texts]


def test_every_format_is_tried_both_ways() -> None:
    assert set(GOOD) == set(BAD) == set(FORMATS)


@pytest.mark.parametrize(("name", "text"), cases(GOOD))
def test_a_format_accepts_what_its_standard_allows(name: str, text: str) -> None:
    assert FORMATS[name].accepts(text)


@pytest.mark.parametrize(("name", "text"), cases(BAD))
def test_a_format_refuses_everything_else(name: str, text: str) -> None:
    assert not FORMATS[name].accepts(text)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"text", "regex"}))
def test_the_example_in_the_phrase_is_accepted(name: str) -> None:
    (example,) = re.findall("`(.+)`", FORMATS[name].phrase)
    assert FORMATS[name].accepts(example)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.text(st.sampled_from("aZ0-._/@:#?%\\[]\n\0 é\u3002\uff0e"), max_size=8))
def test_a_host_name_label_never_moves_the_host_of_a_url(text: str) -> None:
    if FORMATS["hostname-label"].accepts(text):
        split = urlsplit(f"https://{text}.example.com/api")
        assert (split.netloc, split.path) == (f"{text}.example.com", "/api")


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.ip_addresses().map(str))
def test_every_ip_address_has_its_own_format(text: str) -> None:
    version = ipaddress.ip_address(text).version
    assert FORMATS[f"ipv{version}"].accepts(text)
    assert not FORMATS["ipv6" if version == 4 else "ipv4"].accepts(text)


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize(
    "piece", ["a", "1", "a.", "a-", "%41", "1:", "@", "https://", "[", "(a*)*"]
)
def test_time_is_linear_in_the_text(name: str, piece: str) -> None:
    text = piece * 20_000 + "!"
    start = perf_counter()
    FORMATS[name].accepts(text)
    FORMATS[name].accepts("https://" + text)
    FORMATS[name].accepts(text[:7000])
    FORMATS[name].accepts(("https://" + text)[:7999])
    assert perf_counter() - start < 0.5


def test_a_pattern_python_warns_about_is_refused_where_warnings_are_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not FORMATS["regex"].accepts("[[a]")
