"""What a refresh of a stored connection costs at the store, counted by Python's own audit events."""

import subprocess
import sys

import pytest
from tests.wire.refreshing import ACME

from portcall.store import create_key
from portcall.testing import Reply

SCRIPT = (
    ACME
    + """
import sys
from collections import Counter
from pathlib import Path

url, folder = sys.argv[1], Path(sys.argv[2])

seen = Counter()
counting = False

def audit(event, arguments):
    if counting:
        if event == "sqlite3.connect":
            seen["openings"] += 1
        elif event == "open" and str(arguments[0]).endswith("/store/key"):
            seen["keys"] += 1
        elif event == "open" and str(arguments[0]).endswith(".lock"):
            seen["locks"] += 1

sys.addaudithook(audit)
with Host(allow_private=["127.0.0.1"], plugins={"acme": ACME}, store=SQLiteStore(folder)) as host:
    auth = Auth(access_token="stale", refresh_token="r0")
    connection = host.connections.create("acme", "acme", {"endpoint": url}, auth)
    before = host.connections["acme"].generation
    counting = True
    connection.client.get("/api", raise_for_status=sys.argv[3] == "accepted")
    counting = False
    record = host.connections["acme"]
    print(seen["openings"], seen["keys"], seen["locks"], record.generation - before)
    print(record.state.get("unproven", False))
    assert not host.connections.store._idle  # nothing is open any more
"""
)


@pytest.fixture
def cost(peer, tmp_path):
    """Return what one request costs whose token is refused first: openings, keys, locks, writes."""
    create_key(tmp_path / "store")

    def count(word):
        command = [sys.executable, "-c", SCRIPT, peer.url, str(tmp_path / "store"), word]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        counts, unproven = done.stdout.splitlines()
        return tuple(map(int, counts.split())), unproven == "True"

    peer.route("POST", "/token", Reply(json={"access_token": "fresh", "refresh_token": "r1"}))
    return count


def test_a_refresh_opens_the_store_once_and_writes_three_times(peer, cost):
    peer.route("GET", "/api", Reply(401), Reply(200))
    assert cost("accepted") == ((1, 1, 1, 3), False)


def test_a_fresh_token_that_is_refused_leaves_nothing_open(peer, cost):
    peer.route("GET", "/api", Reply(401))
    assert cost("refused") == ((1, 1, 1, 2), True)
