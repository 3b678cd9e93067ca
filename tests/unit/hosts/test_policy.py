"""The policy: what a destination declared, held against every URL."""

from __future__ import annotations

import sys

import attrs
import pytest

from portcall.errors import HookError, PolicyError, SettingsError
from portcall.hosts.policy import Policy
from portcall.secret import Secret


@attrs.frozen
class Nested:
    url: str = ""


@attrs.frozen
class Settings:
    subdomain: str = ""
    endpoint: str | None = None
    hook: Secret = attrs.field(default=Secret(""), converter=Secret)
    mirrors: tuple[str, ...] = ()
    server: Nested = Nested()
    port: int = 0


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("api.example.com", "https://api.example.com/v1"),
        ("API.example.com", "https://api.EXAMPLE.com/v1"),
        ("*.example.com", "https://a.example.com/"),
        ("*.example.com", "https://a.b.example.com/"),
        ("api.example.com:8443", "https://api.example.com:8443/"),
        ("*.example.com:8443", "https://a.example.com:8443/"),
        ("bücher.example.com", "https://xn--bcher-kva.example.com/"),
        ("[2606:4700::1]", "https://[2606:4700::1]/"),
        ("1.1.1.1", "https://1.1.1.1/"),
    ],
)
def test_declared(pattern, url):
    assert str(Policy([pattern], None).check(url)).startswith("https://")


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("api.example.com", "https://example.com/"),
        ("api.example.com", "https://x.api.example.com/"),
        ("api.example.com", "https://api.example.com:8443/"),
        ("api.example.com", "https://api.example.com:80/"),
        ("api.example.com", "http://api.example.com/"),
        ("api.example.com", "http://api.example.com:443/"),
        ("api.example.com", "https://api.example.com.evil.test/"),
        ("api.example.com", "https://api-example.com/"),
        ("api.example.com", "https://api.example.com@evil.test/"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://evilexample.com/"),
        ("*.example.com", "https://a.example.com:444/"),
        ("api.example.com:8443", "https://api.example.com/"),
        ("api.example.com:80", "http://api.example.com/"),
    ],
)
def test_not_declared(pattern, url):
    policy = Policy([pattern, "ok.example.org"], None)
    for _ in range(2):
        policy.check("https://ok.example.org/")
        with pytest.raises(PolicyError):
            policy.check(url)


@pytest.mark.parametrize(
    ("pattern", "settings", "url"),
    [
        (
            "{endpoint}",
            Settings(endpoint="https://api.example.com/v1?x"),
            "https://api.example.com/y",
        ),
        ("{endpoint}", Settings(endpoint="https://h:8443"), "https://h:8443/"),
        ("{hook}", Settings(hook="https://hooks.example.com/s3cret"), "https://hooks.example.com/"),
        ("{mirrors}", Settings(mirrors=("https://a/", "https://b/")), "https://b/"),
        ("{server.url}", Settings(server=Nested("https://a/")), "https://a/"),
    ],
)
def test_the_origin_of_a_setting(pattern, settings, url):
    policy = Policy([pattern], settings)
    assert policy.check(url)
    for other in ("https://h/", "http://api.example.com/", "https://hooks.example.com:8443/"):
        with pytest.raises(PolicyError):
            policy.check(other)


def test_an_optional_setting_declares_nothing():
    policy = Policy(["{endpoint}", "{mirrors}", "api.example.com"], Settings())
    with pytest.raises(PolicyError, match=r"declared: api\.example\.com;"):
        policy.check("https://h/")


def test_no_host_at_all_is_the_plugins_mistake():
    for patterns in ([], ["{endpoint}"]):
        with pytest.raises(HookError, match="no hosts"):
            Policy(patterns, Settings())


@pytest.mark.parametrize(
    "value", ["not a url", "https://user:s3cret@h/", "https://h/#s3cret", "ftp://h/"]
)
def test_a_setting_that_is_no_url(value):
    with pytest.raises(SettingsError, match="endpoint") as caught:
        Policy(["{endpoint}"], Settings(endpoint=value))
    assert caught.value.problems[0].path == "endpoint"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    ["", "*", "*.", "*.com", "*.co.uk", "*.*.example.com", "a*.example.com", "a.*.com", ".example.com",
     "example.com.", "https://example.com", "example.com/path", "user@example.com", "example.com:",
     "example.com:0", "example.com:99999", "a b", "a..b", "{end", "{a}.example.com", "127.1", "[::1", "a\n"],
)  # fmt: skip
def test_a_pattern_that_is_none(pattern):
    with pytest.raises(HookError, match="host pattern"):
        Policy([pattern], Settings())


def test_a_pattern_that_names_no_setting():
    with pytest.raises(HookError, match=r"\{nowhere\}"):
        Policy(["{nowhere}"], Settings())


@pytest.mark.parametrize("patterns", ["api.example.com", [7], [None]])
def test_what_is_no_list_of_patterns(patterns):
    with pytest.raises(HookError, match="allowed_hosts"):
        Policy(patterns, None)


def test_a_bad_pattern_is_not_shown_past_its_host():
    with pytest.raises(HookError) as caught:
        Policy(["https://hooks.example.com/s3cret"], None)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("option", ["allow_private", "allow_http"])
def test_plain_http_where_the_operator_allows_it(option):
    policy = Policy(
        ["api.internal", "*.example.com"], None, **{option: ["api.internal", "10.0.0.0/8"]}
    )
    assert policy.check("http://api.internal/").port == 80
    assert policy.check("https://api.internal/").port == 443
    with pytest.raises(PolicyError, match="plain http"):
        policy.check("http://a.example.com/")
    with pytest.raises(PolicyError, match="not a host"):
        policy.check("http://10.0.0.1/")


def test_a_typed_url_in_plain_http_is_refused_unless_allowed():
    settings = Settings(endpoint="http://erp.internal:8080/x")
    with pytest.raises(PolicyError, match="allow_private"):
        Policy(["{endpoint}"], settings).check("http://erp.internal:8080/x")
    assert Policy(["{endpoint}"], settings, allow_private=["erp.internal"]).check(
        "http://erp.internal:8080/x"
    )


@pytest.mark.parametrize(
    ("host", "option"),
    [
        ("localhost", "allow_private"),
        ("api.localhost", "allow_private"),
        ("erp", "allow_private"),
        ("printer.local", "allow_private"),
        ("crm.internal", "allow_private"),
        ("127.0.0.1", "allow_private"),
        ("10.1.2.3", "allow_private"),
        ("[::1]", "allow_private"),
        ("[fd00::1]", "allow_private"),
        ("api.example.com", "allow_http"),
        ("localhost.example.com", "allow_http"),
        ("93.184.216.34", "allow_http"),
    ],
)
def test_plain_http_is_refused_with_the_one_option_that_is_enough(host, option):
    settings = Settings(endpoint=f"http://{host}:8080")
    with pytest.raises(PolicyError, match=rf"\({option}=\["):
        Policy(["{endpoint}"], settings).check(f"http://{host}:8080/")


@pytest.mark.parametrize(
    "subdomain", ["evil.test#", "evil.test/", "evil.test?", "u@evil.test/", "evil.test\\"]
)
def test_an_error_names_the_setting_that_led_there(subdomain):
    settings = Settings(subdomain=subdomain, hook="s3cret")
    with pytest.raises(PolicyError, match="the setting 'subdomain' led there") as caught:
        Policy(["*.example.com"], settings).check(f"https://{subdomain}.example.com/s3cret?s3cret")
    assert "s3cret" not in str(caught.value)


def test_an_error_names_host_and_declaration():
    with pytest.raises(
        PolicyError, match=r"https://evil\.test.*declared: api\.example\.com, \*\.eu\.example\.com"
    ):
        Policy(["api.example.com", "*.eu.example.com"], None).check("https://evil.test/s3cret")


def test_a_policy_is_small_and_shares_what_it_can():
    one, two = (Policy(["api.example.com", "*.example.com"], Settings()) for _ in range(2))
    assert one._rules is two._rules
    assert sys.getsizeof(one) <= 100
