"""A PostgreSQL server, on a socket in a temporary folder and on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import attrs
import psycopg

from tests.realservers.installing import Program, debian_program
from tests.realservers.processes import START_S, NotStartedError, free_port

PASSWORD = "correct horse"
_NUMBERS = count(1)


@attrs.frozen
class Postgres:
    """A running server; its superuser is ``portcall``."""

    folder: Path
    port: int
    serve: Callable[[], subprocess.Popen[bytes]] = attrs.field(repr=False)
    processes: list[subprocess.Popen[bytes]] = attrs.field(factory=list, repr=False)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self.processes.append(self.serve())
        _wait_until_up(self, self.processes[-1])

    def stop(self) -> None:
        """End the server at once, in the middle of whatever it does: it recovers at its next start."""
        for process in self.processes:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
        self.processes.clear()

    def url(self, database: str = "postgres") -> str:
        """Return a connection string by the socket, which asks for no password."""
        return f"postgresql://portcall@/{database}?host={self.folder}&port={self.port}"

    def loopback_url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        """Return a connection string by TCP, with a password."""
        word = password.replace(" ", "%20")
        return f"postgresql://portcall:{word}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database, and return its connection string."""
        name = f"test_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str, url: str = "") -> list[tuple[object, ...]]:
        """Run one statement, and return its rows."""
        with psycopg.connect(url or self.url(), autocommit=True) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def postgres(_: Path, *, fsync: bool = False) -> Iterator[Postgres]:
    """Run a server as a user without privileges, because PostgreSQL refuses to run as root.

    Args:
        fsync: Wait for the disk; tests end the server's processes, but never the machine.
    """
    binaries = "usr/lib/postgresql/*/bin"
    program = debian_program("postgres", "postgresql", folder=binaries)
    user = _user()
    # Not in pytest's own folder, which no other user may enter if root runs the tests.
    with tempfile.TemporaryDirectory(prefix="portcall-postgres-") as name:
        folder = Path(name)
        if user:
            program = _readable(program, folder)
            shutil.chown(folder, user)
        port = free_port()
        _make(program, folder, user)
        server = Postgres(folder, port, partial(_serve, program, folder, port, user, fsync))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _user() -> str | None:
    """Return the user to run the server as, or None for the present one."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _readable(program: Program, folder: Path) -> Program:
    """Copy a program of the cache, which may be root's alone, to where every user can read it."""
    if not program.unpacked:
        return program
    root = program.path.parents[5]
    shutil.copytree(root, folder / "programs", symlinks=True)
    libraries = program.environment["LD_LIBRARY_PATH"].replace(str(root), f"{folder}/programs")
    path = folder / "programs" / program.path.relative_to(root)
    return Program(path, {"LD_LIBRARY_PATH": libraries})


def _make(program: Program, folder: Path, user: str | None) -> None:
    secret, data = folder / "password", folder / "data"
    secret.write_text(PASSWORD)
    access = [
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--pwfile",
        secret,
        "-U",
        "portcall",
    ]
    make = [program.path.with_name("initdb"), "-D", data, "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        [*make, *access],
        user=user,
        cwd=folder,
        env={**os.environ, **program.environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _serve(
    program: Program, folder: Path, port: int, user: str | None, fsync: bool
) -> subprocess.Popen[bytes]:
    syncs = f"fsync={'on' if fsync else 'off'}"
    where = ["-k", folder, "-h", "127.0.0.1", "-p", str(port), "-c", syncs]
    with (folder / "output.log").open("ab") as output:
        return subprocess.Popen(
            [program.path, "-D", folder / "data", *where],
            user=user,
            cwd=folder,
            env={**os.environ, **program.environment},
            stdout=output,
            stderr=output,
        )


def _wait_until_up(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_S
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError as error:
            if time.monotonic() > ends or process.poll() is not None:
                said = (server.folder / "output.log").read_text(errors="replace")
                raise NotStartedError(f"PostgreSQL did not start:\n{said}") from error
            time.sleep(0.05)
        else:
            return
