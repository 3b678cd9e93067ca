"""Every dialect of rate limit header fields, and what must not be believed."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from portcall import Headers, Response
from portcall_ratelimit.headers import LONGEST_S, items, wait_s
from portcall_ratelimit.reading import Quota, read

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def reading(status=200, **fields):
    pairs = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return read(Response(status=status, headers=Headers(pairs)), NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30", 30),
        ("1.5", 1.5),
        (str(EPOCH + 30), 30),
        (f"{EPOCH + 30}.5", 30.5),
        (str((EPOCH + 30) * 1000), 30),
        (str((EPOCH + 30) * 1000 + 250), 30.25),
        (str(EPOCH - 5), 0),
        ("2026-01-01T00:00:30Z", 30),
        ("2026-01-01T01:00:30+01:00", 30),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30),
        ("30, 3600", 30),
    ],
)
def test_reset_is_told_apart_by_its_size(text, seconds):
    assert wait_s(text, NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "soon",
        "1e5",
        "٣",
        "400000000",
        str(EPOCH + 2 * int(LONGEST_S)),
        "9" * 15,
        "9" * 400,
    ],
)
def test_nonsense_is_no_time(text):
    assert wait_s(text, NOW) is None


def test_quoted_text_may_hold_separators():
    (one, two) = items('"a,b;c";q=100;pk=:cHM=:, burst ; w = 10')
    assert (one.value, one.parameters) == ("a,b;c", {"q": "100", "pk": ":cHM=:"})
    assert (two.value, two.parameters) == ("burst", {"w": "10"})


@pytest.mark.parametrize(
    ("fields", "quota"),
    [
        (
            {"RateLimit": '"default";r=5;t=30', "RateLimit_Policy": '"default";q=100;w=60'},
            Quota(5, 30, 100, 60),
        ),
        ({"RateLimit": "limit=100, remaining=5, reset=30"}, Quota(5, 30, 100)),
        (
            {
                "RateLimit": "limit=100, remaining=5, reset=30",
                "RateLimit_Policy": "100;w=60, 5000;w=3600",
            },
            Quota(5, 30, 100, 60),
        ),
        (
            {"RateLimit_Limit": "100", "RateLimit_Remaining": "5", "RateLimit_Reset": "30"},
            Quota(5, 30, 100),
        ),
        (
            {
                "RateLimit_Limit": "100, 100;w=60, 5000;w=3600",
                "RateLimit_Remaining": "5",
                "RateLimit_Reset": "30",
            },
            Quota(5, 30, 100, 60),
        ),
        (
            {
                "X_RateLimit_Limit": "100",
                "X_RateLimit_Remaining": "5.0",
                "X_RateLimit_Reset": str(EPOCH + 30),
            },
            Quota(5, 30, 100),
        ),
        ({"X_Rate_Limit_Remaining": "5", "X_Rate_Limit_Reset": "30"}, Quota(5, 30)),
    ],
)
def test_dialects_say_the_same(fields, quota):
    assert reading(**fields).quota == quota


def test_the_tightest_of_several_quotas_counts():
    said = reading(RateLimit='"day";r=900;t=3600, "burst";r=1;t=2, "bytes";r=0;t=9',
                   RateLimit_Policy='"bytes";q=5;qu="content-bytes"')  # fmt: skip
    assert said.quota == Quota(1, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"X_RateLimit_Remaining": "5"},
        {"X_RateLimit_Remaining": "-1", "X_RateLimit_Reset": "30"},
        {"X_RateLimit_Remaining": "5", "X_RateLimit_Reset": "never"},
        {"RateLimit": '"default";r=5'},
        {"RateLimit": '"default";r=5;t=30', "Age": "60"},  # out of a cache
        {"Retry_After": "30"},  # with a success it is not about this client
    ],
)
def test_half_a_story_is_none(fields):
    assert reading(**fields) is None


@pytest.mark.parametrize("text", ["30", "Thu, 01 Jan 2026 00:00:30 GMT"])
def test_both_forms_of_retry_after(text):
    assert reading(429, Retry_After=text).retry_in_s == 30


def test_retry_after_counts_more_than_a_reset():
    fields = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "3600", "Retry_After": "30"}
    assert reading(429, **fields).quota == Quota(0, 30)


def test_a_wrong_clock_here_does_no_harm():
    theirs = datetime(2031, 5, 1, tzinfo=UTC)
    said = reading(
        429,
        Date=format_datetime(theirs, usegmt=True),
        Retry_After=format_datetime(theirs.replace(second=30), usegmt=True),
    )
    assert said.retry_in_s == 30


@given(st.dictionaries(st.sampled_from([
    "Date", "Retry-After", "RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Reset",
    "RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Remaining",
]), st.text(max_size=40) | st.from_regex(r'"?\w*"?(;[rtqw]=\d{0,20}){0,3}')))  # fmt: skip
@example({"RateLimit": '"' + '\\"' * 2000})
@example({"X-RateLimit-Reset": "9999-12-31T23:59:59-23:59", "X-RateLimit-Remaining": "0"})
@example({"Date": "0001-01-01T00:00:00+23:59", "Retry-After": "1"})
@example({"Date": "9999-12-31T23:59:59", "Retry-After": "86400"})
# The first draw of a text makes Hypothesis's tables of characters, which takes a busy machine seconds.
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_makes_it_fail(fields):
    said = read(Response(status=429, headers=Headers(fields.items())), NOW)
    if said and said.quota:
        assert said.quota.remaining >= 0
        assert 0 <= said.quota.reset_in_s <= LONGEST_S
