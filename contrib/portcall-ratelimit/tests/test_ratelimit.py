"""The extra on a real socket: who waits, who is told when, and what the peer sees."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from portcall import Sent, SettingsError, ThrottledError, TransportError, hookimpl
from portcall.testing import Reply
from portcall_ratelimit import RateLimit, RateLimitedError


def throttled(**headers):
    return Reply(429, headers={name.replace("_", "-"): text for name, text in headers.items()})


def test_learns_retry_after_and_waits(peer, connect, fake):
    peer.route("GET", "/", throttled(Retry_After="5"), Reply(200))
    client = connect(RateLimit(**fake.options)).client
    with pytest.raises(ThrottledError):
        client.get("/")
    assert client.get("/").status == 200
    assert fake.slept == [5]


def test_says_when_before_anything_is_sent(peer, connect, fake):
    peer.route("GET", "/", throttled(Retry_After="60"))
    client = connect(RateLimit(**fake.options)).client
    client.get("/", raise_for_status=False)
    with pytest.raises(RateLimitedError) as caught:
        client.get("/secret-path?token=abc")
    assert isinstance(caught.value, TransportError)
    assert caught.value.sent is Sent.NO
    assert caught.value.retry_at == fake.now() + timedelta(seconds=60)
    assert "2026-01-01T00:01:00+00:00" in str(caught.value)
    assert "secret-path" not in str(caught.value)
    assert fake.slept == []
    assert len(peer.requests) == 1


def test_the_requests_own_time_decides(peer, connect, fake):
    peer.route("GET", "/", throttled(Retry_After="60"), Reply(200))
    client = connect(RateLimit(**fake.options)).client
    client.get("/", raise_for_status=False)
    with pytest.raises(RateLimitedError):
        client.get("/", timeout_s=60)
    assert client.get("/", timeout_s=61).status == 200


def test_an_error_keeps_no_place(peer, connect, fake):
    client = connect(RateLimit(0.1, **fake.options)).client
    client.get("/")
    for _ in range(5):
        with pytest.raises(RateLimitedError):
            client.get("/", timeout_s=1)
    assert client.get("/").status == 200
    assert fake.slept == [10]


@pytest.mark.parametrize(
    "fields",
    [
        {"RateLimit": '"a";r=0;t=7', "RateLimit-Policy": '"a";q=1;w=60'},
        {"RateLimit-Limit": "1", "RateLimit-Remaining": "0", "RateLimit-Reset": "7"},
        {"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"},
    ],
)
def test_learns_from_success_and_is_never_refused(peer, connect, fake, fields):
    peer.route("GET", "/", Reply(200, headers=fields), Reply(200))
    client = connect(RateLimit(**fake.options)).client
    client.get("/")
    client.get("/")
    assert fake.slept == [7]


def test_connections_do_not_hold_each_other_up(peer, connect, fake):
    peer.route("GET", "/", throttled(Retry_After="60"), Reply(200))
    extra = RateLimit(**fake.options)
    connect(extra).client.get("/", raise_for_status=False)
    assert connect(extra).client.get("/").status == 200


def test_connections_are_forgotten_least_recent_first(peer, connect, fake):
    peer.route("GET", "/", Reply(429, headers={"Retry-After": "60"}))
    extra = RateLimit(max_connections=2, **fake.options)
    one, two, three = (connect(extra).client for _ in range(3))
    for client in (one, two, three):  # three takes the place of one
        client.get("/", raise_for_status=False)
    assert one.get("/", raise_for_status=False).status == 429  # in turn takes that of two
    with pytest.raises(RateLimitedError):
        three.get("/")


def test_memory_is_bounded(peer, connect, fake):
    extra = RateLimit(max_connections=3, **fake.options)
    for _ in range(20):
        connect(extra).client.get("/")
    assert len(extra._buckets) == 3


def test_threads_together_keep_the_rate(peer, connect):
    client = connect(RateLimit(100, burst=1)).client
    started = monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(lambda _: client.get("/").status, range(21))]
    assert answers == [200] * 21
    assert monotonic() - started >= 0.2


def test_an_interrupted_wait_gives_its_place_back(peer, connect, fake):
    def interrupt(_):
        raise KeyboardInterrupt

    extra = RateLimit(0.1, clock=fake.clock, now=fake.now, sleep=interrupt)
    client = connect(extra).client
    client.get("/")
    with pytest.raises(KeyboardInterrupt):
        client.get("/")
    fake.seconds += 10
    assert client.get("/").status == 200


@pytest.mark.parametrize(
    "options",
    [
        {"rate_per_s": 0},
        {"rate_per_s": float("nan")},
        {"rate_per_s": 1, "burst": 0},
        {"burst": 5},
        {"timeout_s": -1},
        {"max_connections": 0},
    ],
)
def test_bad_numbers_are_named(options):
    with pytest.raises(SettingsError, match=[*options][-1]):
        RateLimit(**options)


class Watch:
    """An extra that writes down when a request passes."""

    def __init__(self, name, log):
        self.name, self.log = name, log

    @hookimpl(wrapper=True)
    def send_request(self, request):
        self.log.append(f"{self.name} before")
        response = yield
        self.log.append(f"{self.name} after")
        return response


def test_extras_listed_first_run_outermost(peer, connect, fake):
    log = []
    limit = RateLimit(1, clock=fake.clock, now=fake.now,
                      sleep=lambda s: (log.append("wait"), fake.sleep(s)))  # fmt: skip
    client = connect(Watch("outer", log), limit, Watch("inner", log)).client
    client.get("/")
    log.clear()
    client.get("/")
    assert log == ["outer before", "wait", "inner before", "inner after", "outer after"]


def test_installed_by_name(peer, connect):
    peer.route("GET", "/", throttled(Retry_After="3600"))
    client = connect("telemetry", "ratelimit").client
    with pytest.raises(ThrottledError):
        client.get("/")
    with pytest.raises(RateLimitedError) as caught:
        client.get("/")
    assert (
        "send_request of plugin 'ratelimit' (portcall-ratelimit 0.1.0)" in caught.value.__notes__[0]
    )
    assert len(peer.requests) == 1


def test_an_installed_extra_that_is_not_named_sees_nothing(peer, connect):
    peer.route("GET", "/", throttled(Retry_After="3600"))
    client = connect().client
    for _ in range(2):
        with pytest.raises(ThrottledError):
            client.get("/")
    assert len(peer.requests) == 2


def test_the_readme_is_true(peer, connect, fake):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    names = {}
    for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        exec(block, names)
    names["host"].close()
    peer.route("POST", "/events", throttled(Retry_After="60"))
    connection = connect(RateLimit(**fake.options))
    for _ in range(2):
        come_back_at = names["deliver"](connection, {"type": "track"})
        assert come_back_at is not None
    assert come_back_at == fake.now() + timedelta(seconds=60)
    assert len(peer.requests) == 1
