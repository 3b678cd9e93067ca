"""A PostgreSQL server of the tests' own, on a socket in a temporary folder and on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import partial
from itertools import count
from pathlib import Path

import attrs
import psycopg
import pytest

from portcall_postgres import PostgresStore

PASSWORD = "correct horse"
_NUMBERS = count(1)


@attrs.frozen
class Server:
    """A running server; every database of it is made for one test."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://portcall@/{database}?host={self.folder}&port={self.port}"

    def loopback_url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        word = password.replace(" ", "%20")
        return f"postgresql://portcall:{word}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        name = f"test_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str, url: str = "") -> list[tuple[object, ...]]:
        with psycopg.connect(url or self.url(), autocommit=True) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def server():
    """The server, started once."""
    binaries = _binaries()
    # Not under pytest's own folder, which only root may enter when root runs the tests.
    with tempfile.TemporaryDirectory(prefix="portcall-postgres-") as name:
        folder, user = Path(name), _user()
        if user:
            shutil.chown(folder, user)
        running = _start(binaries, folder, user)
        try:
            yield running
        finally:
            running.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            running.process.wait(30)


@pytest.fixture
def url(server):
    """A connection string to an empty database."""
    return server.new_database()


@pytest.fixture
def store_factory(url):
    """What the store suite asks for."""
    return partial(PostgresStore, url)


def _binaries() -> Path:
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found.sort(key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found or on_path:
        return (found[-1] if found else Path(on_path).resolve()).parent
    reason = "there is no PostgreSQL server here: apt install postgresql"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _user() -> str | None:
    """PostgreSQL does not run as root: give somebody else."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _start(binaries: Path, folder: Path, user: str | None) -> Server:
    secret = folder / "password"
    secret.write_text(PASSWORD)
    data, port = folder / "data", _free_port()
    secure = [
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--pwfile",
        secret,
        "-U",
        "portcall",
    ]
    make = [binaries / "initdb", "-D", data, "-E", "UTF8", "--locale=C", "--no-sync", *secure]
    subprocess.run(make, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    # Clients are killed here, the server never is: it need not wait for the disk.
    where = ["-k", folder, "-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *where],
            user=user,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    server = Server(folder, port, process)
    _await(server)
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await(server: Server) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > ends or server.process.poll() is not None:
                server.process.kill()
                server.process.wait()
                pytest.fail(f"PostgreSQL did not start: {(server.folder / 'log').read_text()}")
            time.sleep(0.05)
        else:
            return
