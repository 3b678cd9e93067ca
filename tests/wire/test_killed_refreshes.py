"""A process that is killed while it refreshes, again and again, does not cost the connection."""

import subprocess
import sys
from threading import Lock

from tests.wire.refreshing import ACME

from portcall.testing import Reply

DRIVER = (
    ACME
    + '''
import os, signal, sys, threading
from pathlib import Path

LEAVING = {"posix", "fcntl", "_socket", "select", "sqlite3", "_sqlite3", "_io"}
url, folder, kills = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
store = SQLiteStore(folder)

host = Host(allow_private=["127.0.0.1"], plugins={"acme": ACME}, store=store)
STALE = Auth(access_token="stale", refresh_token="r0")

def refresh_and_die(last):
    """Be killed at call number *last* that leaves Python; say with 0 that there were fewer."""
    number = 0
    def count(frame, event, called):
        nonlocal number
        if event == "c_call":
            where = getattr(called, "__module__", None) or type(getattr(called, "__self__", 0)).__module__
            number += where in LEAVING
            if number == last:
                os.kill(os.getpid(), signal.SIGKILL)
    connection = host.open("acme")
    threading.setprofile(count)
    sys.setprofile(count)
    connection.client.get("/api")
    sys.setprofile(None)
    os._exit(0)

def rewind(**state):
    record = attrs.evolve(store.get("acme"), auth=STALE, state=state)
    store.replace(record, generation=record.generation)

# Whatever is imported on the way is imported now: the kills are for what a refresh does.
host.connections.create("acme", "acme", {"endpoint": url}, STALE).client.get("/api")
host.close()
rewind()
number = killed = most_open = 0
while killed < kills:
    number += 1
    child = os.fork()
    if child == 0:
        try:
            refresh_and_die(number)
        finally:
            os._exit(3)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        killed += 1
    else:
        assert os.WEXITSTATUS(status) == 0, f"a healthy process failed after {killed} kills"
        number = 0
    record = store.get("acme")
    most_open = max(most_open, record.state.get("open_tries", 0))
    if record.auth.access_token != "stale":  # the kill came after it was stored
        rewind(open_tries=most_open)
print(most_open, flush=True)
with host:
    print(host.open("acme").client.get("/api").status, store.get("acme").state)
'''
)


class Steady:
    """Gives one access token for one refresh token, however often; counts the calls."""

    def __init__(self, peer):
        self.lock, self.calls = Lock(), 0
        peer.route("POST", "/token", self.token)
        peer.route("GET", "/api", self.api)

    def token(self, request):
        with self.lock:
            self.calls += 1
        assert request.form["refresh_token"] == ["r0"]
        return Reply(json={"access_token": "fresh", "expires_in": 3600})

    def api(self, request):
        good = request.headers.get("authorization") == "Bearer fresh"
        return Reply(json={}) if good else Reply(401)


def test_two_hundred_kills_in_a_row_leave_a_connection_that_the_next_process_uses(peer, tmp_path):
    server = Steady(peer)
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, peer.url, str(tmp_path / "store"), "200"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as driver:  # fmt: skip
        killed = driver.stdout.readline()
        before = server.calls
        out, errors = driver.communicate(timeout=240)
    assert driver.returncode == 0, errors
    status, _, state = out.partition(" ")
    assert status == "200"
    assert "open_tries" not in state
    assert "unproven" not in state
    assert server.calls - before <= 1
    assert int(killed) >= 10  # so often in a row no end of a refresh was known
