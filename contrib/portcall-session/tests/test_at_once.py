"""Threads and processes that meet an expired session: one login, every request served."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portcall import Auth, Host, SQLiteStore
from portcall_session import Json

WORKER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from conftest import plugin
from portcall import Host
from portcall import SQLiteStore

host = Host(
    allow_private=["127.0.0.1"], plugins={"acme": plugin()}, store=SQLiteStore(Path(sys.argv[2]))
)
client = host.open("acme").client
print("open", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    answers = pool.map(lambda _: client.get("/api").status, range(8))
    print(sum(status == 200 for status in answers), flush=True)
"""
STALE = Auth(access_token="expired-session")


def all_at_once(connection, requests=64):
    with ThreadPoolExecutor(requests) as pool:
        return list(pool.map(lambda _: connection.client.get("/api").status, range(requests)))


def test_64_threads_that_meet_an_expired_session_log_in_once(one_session, connect):
    """single flight: 64 threads that meet an expired session make one login."""
    server = one_session(delay_s=0.3)
    assert all_at_once(connect(auth=STALE)) == [200] * 64
    assert server.logins == 1


def test_64_threads_whose_session_is_known_to_be_over_log_in_once(one_session, connect):
    server = one_session(delay_s=0.3)
    end = datetime.now(UTC) - timedelta(seconds=1)
    auth = Auth(access_token="s", issued_at=end - timedelta(hours=1), expires_at=end)
    assert all_at_once(connect(auth=auth)) == [200] * 64
    assert (server.logins, server.refused) == (1, 0)


def test_64_threads_of_a_new_connection_log_in_once_and_no_request_goes_without_a_session(
    one_session, connect
):
    """single flight: no request of a new connection goes without a session."""
    server = one_session(delay_s=0.3)
    assert all_at_once(connect()) == [200] * 64
    assert (server.logins, server.refused) == (1, 0)


def test_a_session_that_is_about_to_end_is_renewed_by_one_caller(one_session, connect, login):
    """lifetime: a session with a known end is renewed ahead by one caller."""
    server = one_session(delay_s=0.3)
    end = datetime.now(UTC) + timedelta(seconds=5)
    auth = Auth(access_token="s", issued_at=end - timedelta(hours=1), expires_at=end)
    connection = connect(login(expires_in=Json("seconds")), auth)
    server.lasts_s = 3600
    assert all_at_once(connection) == [200] * 64
    assert (server.logins, server.refused) == (1, 0)
    left = connection.auth.expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < left < timedelta(hours=1)


def test_8_processes_of_8_threads_that_meet_an_expired_session_log_in_once(
    one_session, peer, destination, tmp_path
):
    """single flight: 8 processes of 8 threads make one login."""
    server = one_session(delay_s=0.3)
    script, folder = tmp_path / "worker.py", tmp_path / "store"
    script.write_text(WORKER)
    keep(folder, peer.url, destination)
    workers = [start(script, folder) for _ in range(8)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    served = [finish(worker) for worker in workers]
    assert sum(served) == 64
    assert server.logins == 1


def keep(folder, url, destination):
    """Keep a connection whose session is over in a store."""
    settings = {"endpoint": url, "username": "ada", "password": "s3cret"}
    with Host(
        allow_private=["127.0.0.1"], plugins={"acme": destination}, store=SQLiteStore(folder)
    ) as host:
        host.connections.create("acme", "acme", settings, STALE)


def start(script, folder):
    process = subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "open\n", process.stderr.read()
    return process


def finish(process):
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return int(out)
