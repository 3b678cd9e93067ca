"""The parts of a fleet on this machine: Redis, PostgreSQL, worker processes, and the CPU that they take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

BROKER: Final = "FLEET_BROKER"
DATABASE: Final = "FLEET_DATABASE"
LEASE_S: Final = "FLEET_LEASE_S"

HERE: Final = Path(__file__).parent
END_S: Final = 40
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Parts:
    """Redis and PostgreSQL, which the machine or Debian's packages bring, and Celery's workers.

    Args:
        servers: Starts a server by its name.
        folder: Where the output of workers is.
        lease_s: Seconds after which others take over the events of a worker that has died.
    """

    def __init__(self, servers: Any, folder: Path, lease_s: float) -> None:
        self._folder: Final = folder
        self.redis: Final = servers("redis")
        self.postgres: Final = servers("postgres")
        self.database: Final[str] = self.postgres.new_database()
        named = {BROKER: self.redis.url, DATABASE: self.database, LEASE_S: f"{lease_s}"}
        os.environ.update(named, PORTCALL_HOME=f"{folder}")
        self.workers: Final[list[subprocess.Popen[bytes]]] = []

    def start_worker(self, *words: str) -> subprocess.Popen[bytes]:
        """Start one worker of Celery, in a process group of its own."""
        quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        command = [sys.executable, "-m", "celery", "-A", "fleet_app", "worker", *quiet, *words]
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                [*command, "-n", f"worker-{len(self.workers)}-{os.getpid()}@%h"],
                cwd=HERE,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.workers.append(process)
        return process

    @property
    def output(self) -> Path:
        """What workers have said."""
        return self._folder / "workers.log"

    def kill_worker(self) -> None:
        """Kill the busiest worker with all of its processes, as if its machine had lost its power."""
        process = max(self.workers, key=lambda each: cpu_s(each.pid))
        self.workers.remove(process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end_workers(self) -> None:
        """Ask all workers to end, and wait; those that do not are killed."""
        for process in self.workers:
            process.terminate()
        for process in self.workers:
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.workers.clear()

    def used_s(self) -> dict[str, float]:
        """Return the seconds of CPU that each part has taken so far."""
        return {
            "workers": cpu_s(*(each.pid for each in self.workers)),
            "PostgreSQL": cpu_s(*(each.pid for each in self.postgres.processes)),
            "Redis": cpu_s(self.redis.pid),
        }


@contextmanager
def parts(folder: Path, lease_s: float = 60.0, *, is_durable: bool = False) -> Iterator[Parts]:
    """Start Redis and PostgreSQL; end them, and all workers.

    Args:
        folder: For what they keep.
        lease_s: As in `Parts`.
        is_durable: PostgreSQL waits for the disk, as it does where it is not told otherwise.
    """
    sys.path.append(f"{HERE.parent}")
    found = import_module("tests.realservers.servers").SERVERS
    with ExitStack() as stack:

        def start(name: str) -> Any:
            place = folder / name
            place.mkdir()
            options = {"fsync": True} if name == "postgres" and is_durable else {}
            return stack.enter_context(found[name](place, **options))

        made = Parts(start, folder, lease_s)
        stack.callback(made.end_workers)
        yield made


def cpu_s(*roots: int) -> float:
    """Return the seconds of CPU of some processes, and of all that they have started."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(") ")[2].split()
            pid = int(stat.parent.name)
            parents[pid] = int(fields[1])
            used[pid] = sum(map(int, fields[11:15]))  # its own, and of children that have ended
    return sum(ticks for pid, ticks in used.items() if _is_of(pid, roots, parents)) / _TICKS


def _is_of(pid: int, roots: tuple[int, ...], parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid in roots:
            return True
        pid = parents.get(pid, 0)
    return False
