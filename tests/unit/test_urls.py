"""URLs: one strict reading, one join, encoded building."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, strategies as st

from portcall.errors import PolicyError
from portcall.secret import Secret
from portcall.urls import Url, join, parse, url_path, with_query


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://h", Url("https", "h", 443, "/")),
        ("http://h", Url("http", "h", 80, "/")),
        ("HTTPS://API.Example.COM/Path", Url("https", "api.example.com", 443, "/Path")),
        ("https://h:443/", Url("https", "h", 443, "/")),
        ("https://h:8443?a=b", Url("https", "h", 8443, "/?a=b")),
        ("https://h//x", Url("https", "h", 443, "//x")),
        ("https://h/a@b:c;d,e=f'()*!$&+~", Url("https", "h", 443, "/a@b:c;d,e=f'()*!$&+~")),
        ("https://h/%20%zz", Url("https", "h", 443, "/%20%zz")),
        ("https://h/...", Url("https", "h", 443, "/...")),
        (
            "https://h/a%2Fb/%2e%2e%2e/v1..2;x/..a",
            Url("https", "h", 443, "/a%2Fb/%2e%2e%2e/v1..2;x/..a"),
        ),
        ("https://h/100%2525/a?b=..%2f", Url("https", "h", 443, "/100%2525/a?b=..%2f")),
        ("https://h/.well-known", Url("https", "h", 443, "/.well-known")),
        ("https://h/a?b=../c", Url("https", "h", 443, "/a?b=../c")),
        ("https://h/ä?ö", Url("https", "h", 443, "/%C3%A4?%C3%B6")),
        ('https://h/{a}|"b"', Url("https", "h", 443, "/%7Ba%7D%7C%22b%22")),
        ("https://bücher.example/", Url("https", "xn--bcher-kva.example", 443, "/")),
        ("https://XN--BCHER-KVA.example/", Url("https", "xn--bcher-kva.example", 443, "/")),
        ("https://a_b.example/", Url("https", "a_b.example", 443, "/")),
        ("https://10.0.0.1:1/", Url("https", "10.0.0.1", 1, "/")),
        ("https://[2001:DB8:0::1]/", Url("https", "2001:db8::1", 443, "/")),
        ("https://[::1]:8080/", Url("https", "::1", 8080, "/")),
    ],
)
def test_what_is_a_url(text, url):
    assert parse(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "", "h", "//h/", "/x", "https:h", "https:/h", "https://", "https:///x", "https://?a", "ftp://h/",
        "file:///etc/passwd", "javascript:x", "https ://h/", " https://h/", "https://h/ ", "https://h/\n",
        "https://h/\0", "https://h\t/", "https://h/a b", "https://h\\@e/", "https://h/\\e", "https://u@h/",
        "https://u:p@h/", "https://@h/", "https://h@/", "https://h:/", "https://h:0/", "https://h:00443/",
        "https://h:65536/", "https://h:99999/", "https://h:-1/", "https://h:+1/", "https://h:a/",
        "https://h:1:2/", "https://.h/", "https://h./", "https://a..b/", "https://-h/", "https://h-/",
        "https://h%2ee/", "https://h%00/", "https://h,e/", "https://h;e/", "https://h!/", "https://h*/",
        "https://" + "a" * 64 + "/", "https://" + "a." * 127 + "a/", "https://0x7f.1/", "https://127.1/",
        "https://2130706433/", "https://0177.0.0.1/", "https://1.2.3.4.5/", "https://256.1.1.1/",
        "https://0x7f000001/", "https://1.2.3.0x4/", "https://[::1/", "https://::1/", "https://[::1]x/",
        "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[v1.a]/", "https://[]/",
        "https://[127.0.0.1]/", "https://h/#f", "https://h#f", "https://h/a/../b", "https://h/./b",
        "https://h/..", "https://h/%2e%2E/b", "https://h/.%2e?x", "https://h/a/..%2fadmin",
        "https://h/..%2Fadmin?x",
        "https://h/a%2f..%2fb", "https://h/a%2f..", "https://h/..%5cadmin", "https://h/a%5c%2e%2e%5cb",
        "https://h/%252e%252e%252fb",
        "https://h/..;/admin", "https://h/a/..;v=1/b", "https://h/%2e%2e%3bx/b", "https://h/.%2fb", "https://h/a%2f./b",
        "https://faß.de/", "https://\uff45.de/",
        "https://a。de/", "https://a\uff0ede/", "https://a\u200db.de/", "https://ⓔ.de/", "https://a\u2044b.de/",
        "https://\u202eh/", "https://h/\u00a0", "https://h/\u200b", "https://h/\ud800",
        "https://h/" + "a" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_url(text):
    with pytest.raises(PolicyError):
        parse(text)


@given(st.text(max_size=40))
def test_what_is_accepted_reads_the_same_elsewhere(text):
    try:
        url = parse(f"https://{text}")
    except PolicyError:
        return
    other = urlsplit(str(url))
    assert (other.hostname, other.port or 443) == (url.host, url.port)
    assert parse(str(url)) == url


@pytest.mark.parametrize(
    "text", ["https://user:s3cret@h/", "https://h/\ns3cret", "https://h/?k=s3cret#f"]
)
def test_no_error_shows_more_than_the_host(text):
    with pytest.raises(PolicyError) as caught:
        parse(text)
    assert "s3cret" not in str(caught.value)


def test_a_url_as_text():
    assert str(parse("HTTPS://[::1]:443/a?b")) == "https://[::1]/a?b"
    assert str(parse("http://h:8080")) == "http://h:8080/"
    assert repr(parse("https://h/s3cret?s3cret")) == "<Url https://h>"
    assert parse("https://h:1/a").origin == ("https", "h", 1)


@pytest.mark.parametrize(
    ("base", "reference", "url"),
    [
        ("https://h", "/x", "https://h/x"),
        ("https://h/", "/x", "https://h/x"),
        ("https://h/api", "/x", "https://h/api/x"),
        ("https://h/api/", "x", "https://h/api/x"),
        ("https://h/api", "", "https://h/api"),
        ("https://h/api", "?a=b", "https://h/api?a=b"),
        ("https://h", "@evil.test/", "https://h/@evil.test/"),
        ("https://h", ".evil.test", "https://h/.evil.test"),
        ("https://h", ":80@evil.test", "https://h/:80@evil.test"),
        ("https://h/api", "https://other/x", "https://other/x"),
        (None, "https://other/x", "https://other/x"),
    ],
)
def test_joined(base, reference, url):
    assert join(base, reference) == url


@pytest.mark.parametrize(
    ("base", "reference"),
    [
        (None, "/x"), ("", "/x"), ("https://h?a=b", "/x"), ("https://h#a", "/x"),
        ("https://h", "//evil.test"),
        ("https://h", "///evil.test"), ("https://h", "/\\evil.test"), ("https://h", "\\\\evil.test"),
        ("https://h", "/a b"), ("https://h", "/a\n"), ("https://h", "\t//evil.test"),
    ],
)  # fmt: skip
def test_not_joined(base, reference):
    with pytest.raises(PolicyError):
        join(base, reference)


@given(st.text(max_size=30))
def test_a_relative_reference_never_changes_the_origin(reference):
    try:
        joined = join("https://api.example.com/v1", reference)
        url = parse(joined)
    except PolicyError:
        return
    if joined != reference:
        assert url.origin == ("https", "api.example.com", 443)
        assert url.target.startswith("/v1")


def test_a_query_is_encoded_and_appended():
    assert with_query("https://h/a", {}) == "https://h/a"
    assert with_query("https://h/a", {"b": "c d&e=ü", "k/": Secret("s+")}) == (
        "https://h/a?b=c%20d%26e%3D%C3%BC&k%2F=s%2B"
    )
    assert with_query("https://h/a?x=1", {"b": "c"}) == "https://h/a?x=1&b=c"
    assert with_query("https://h/a?", {"b": "c"}) == "https://h/a?b=c"


def test_a_path_is_built_of_segments():
    assert url_path("users", 7, "a/b c?d#ü%") == "/users/7/a%2Fb%20c%3Fd%23%C3%BC%25"
    assert url_path(Secret("x")) == "/x"
    assert url_path() == ""


@pytest.mark.parametrize(
    "segment",
    ["", ".", "..", Secret(".."), "../admin", "a/..", "..\\a", "%2e%2e/a", "..;x", "a/%252e."],
)
def test_a_segment_that_would_be_another_path(segment):
    with pytest.raises(PolicyError, match="segment 2"):
        url_path("users", segment)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_every_segment_stays_one(segments):
    try:
        built = url_path(*segments)
    except (UnicodeEncodeError, PolicyError):
        return
    assert [unquote(part) for part in built.split("/")[1:]] == segments
    assert parse(f"https://h{built}").target == built
