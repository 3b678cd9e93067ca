"""One rate limit for several processes, as the receiver of their requests sees it."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from portcall import Host, Limits
from portcall.testing import Reply
from portcall_celery import SharedRateLimit, SharedRateLimitError

PLUGIN = """
from portcall import RequestOptions, hookimpl

@hookimpl
def allowed_hosts(): return ["127.0.0.1:{port}"]

@hookimpl
def extend_request(): return RequestOptions(base_url="{url}")
"""

SENDER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from portcall import Host
from portcall_celery import SharedRateLimit

redis, plugin = sys.argv[1:]
with Host([SharedRateLimit(redis, 100)], plugins=[plugin], allow_private=["127.0.0.1"]) as host:
    client = host.open("shop").client
    print(flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(8) as threads:
        for sent in [threads.submit(client.get, "/") for _ in range(100)]:
            sent.result()
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch, peer):
    """Return the file of a plugin that has a connection ``shop`` in a store of this test."""
    monkeypatch.setenv("PORTCALL_HOME", f"{tmp_path}")
    file = tmp_path / "counted.py"
    file.write_text(PLUGIN.format(port=peer.port, url=peer.url))
    with Host(plugins=[f"{file}"], allow_private=["127.0.0.1"]) as host:
        host.connections.create("shop", "counted", {})
    return f"{file}"


@pytest.fixture
def redis(broker):
    """Return the URL of a Redis that has counted nothing yet."""
    from redis import Redis

    with Redis.from_url(broker.url) as client:
        client.flushdb()
    return broker.url


def host_of(redis, plugin):
    limit = SharedRateLimit(redis, 100)
    return Host([limit], plugins=[plugin], allow_private=["127.0.0.1"])


def test_four_processes_keep_a_limit_of_100_a_second_together(redis, plugin, peer):
    times = []
    peer.route("GET", "/", lambda _: times.append(time.monotonic()) or Reply(204))
    words = [sys.executable, "-c", SENDER, redis, plugin]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    senders = [subprocess.Popen(words, **pipes) for _ in range(4)]
    for each in senders:
        each.stdout.readline()
    for each in senders:
        each.communicate(b"\n", timeout=60)
    assert [each.returncode for each in senders] == [0] * 4
    assert len(times) == 400
    rate_per_s = (len(times) - 100) / (max(times) - min(times))
    assert 50 < rate_per_s <= 105  # a busy machine may be slower, never faster


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_one_host_is_told_holds_the_others(status, redis, plugin, peer):
    peer.route("GET", "/held", Reply(status, headers={"Retry-After": "60"}))
    before = len(peer.requests)
    with host_of(redis, plugin) as first, host_of(redis, plugin) as second:
        answer = first.open("shop").client.get("/held", raise_for_status=False)
        assert answer.status == status
        with pytest.raises(SharedRateLimitError) as refused:
            second.open("shop").client.get("/held", limits=Limits(timeout_s=5))
    assert len(peer.requests) == before + 1
    assert 50 < (refused.value.retry_at - datetime.now(UTC)).total_seconds() <= 60


def test_nothing_is_sent_while_redis_is_away(broker, redis, plugin, peer):
    peer.route("GET", "/away", Reply(204))
    with host_of(redis, plugin) as host:
        client = host.open("shop").client
        broker.stop()
        try:
            with pytest.raises(SharedRateLimitError, match="cannot be asked"):
                client.get("/away")
        finally:
            broker.start()
        assert not peer.received("/away")
        assert client.get("/away").status == 204
