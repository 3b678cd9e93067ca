"""A server as a process of its own, on a free port of loopback."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

START_S = 60
STOP_S = 10
ATTEMPTS = 3
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
_FIRST_PORT = 10_240
_USUAL_FIRST = 32_768
_SYSTEM_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_RANDOM = random.SystemRandom()  # Hypothesis seeds the other generator alike in every process


class NotStartedError(Exception):
    """The server ended, or did not answer in time; the message has the end of its output."""


def free_port() -> int:
    """Return a free port of loopback, of those that the system gives to no connection by itself.

    So the port stays free until a server takes it, and again while a test has that server stopped:
    of other tests that run meanwhile, none gets the port by chance.
    """
    while True:
        port = _RANDOM.randrange(_FIRST_PORT, _first_of_the_system())
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _first_of_the_system() -> int:
    """Return the lowest port that the system chooses for connections, where that leaves others."""
    try:
        first = int(_SYSTEM_PORTS.read_text().split()[0])
    except OSError:
        first = 0
    return first if first > 2 * _FIRST_PORT else _USUAL_FIRST


@contextmanager
def serving(
    command: Callable[[int], Sequence[str | Path]],
    folder: Path,
    *,
    ready: str = "/",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[str]:
    """Run a server and yield its base URL, without a slash at the end.

    Args:
        command: Returns the words of the command for a port.
        folder: Home of the process; takes its output as ``output.log``.
        ready: A path that answers over HTTP, with any status, once the server is up.
        env: Variables besides PATH, HOME, PORT and the locale.
        cwd: Where the process runs, if not in ``folder``.

    Raises:
        NotStartedError: The server was not up after 60 s, or ended on three ports.
    """
    inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment = {**inherited, "HOME": str(folder), **(env or {})}
    with ExitStack() as stack:
        for attempt in range(ATTEMPTS):
            port = free_port()
            with (folder / "output.log").open("wb") as output:
                process = subprocess.Popen(
                    command(port),
                    cwd=cwd or folder,
                    env={**environment, "PORT": str(port)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            stack.callback(_stop, process)
            if _is_up(process, port, ready):
                break
            # Another process may have taken the port between the probe and the server's bind.
            if process.poll() is None or attempt == ATTEMPTS - 1:
                said = (folder / "output.log").read_text(errors="replace")[-2000:]
                raise NotStartedError(f"{Path(process.args[0]).name} did not start:\n{said}")
        yield f"http://127.0.0.1:{port}"


def _is_up(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    """Return whether the server answered before it ended, within 60 s."""
    ends = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < ends:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        else:
            return process.poll() is None
        finally:
            connection.close()
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started: ask first, kill after 10 s."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
            return
