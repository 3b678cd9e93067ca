"""Redis, which a test may stop and start again."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.realservers.installing import Program, debian_program
from tests.realservers.processes import NotStartedError, free_port

START_S = 30
STOP_S = 10


class Redis:
    """One server with its data in a folder.

    Args:
        program: The server's.
        folder: Where its data and its output are.

    Attributes:
        url: Of its first database.
    """

    def __init__(self, program: Program, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        """The process of the server; 0 while it is stopped."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start it with what it has kept, and wait until it answers."""
        words = ["--bind", "127.0.0.1", "--port", str(self._port), "--appendonly", "yes"]
        with (self._folder / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                [self._program.path, *words, "--dir", self._folder],
                cwd=self._folder,
                env={"PATH": os.environ["PATH"], **self._program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        ends = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < ends:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1) as line:
                line.sendall(b"PING\r\n")
                if line.recv(16).startswith(b"+PONG"):
                    return
            time.sleep(0.05)
        raise NotStartedError((self._folder / "output.log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """End it; what was answered is on disk."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """Redis as Debian has it."""
    server = Redis(debian_program("redis-server", "redis-server", "redis-tools"), folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
