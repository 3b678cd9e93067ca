"""Every table of this folder by one command, with the machine named.

    uv run python bench/all.py              all
    uv run python bench/all.py --quick      without what takes long
    uv run python bench/all.py --beside ../before

With ``--beside``, another checkout with a ``.venv`` of its own makes each table, too, right before this one.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Final

HERE: Final = Path(__file__).parent
LONGEST_S: Final = 300
QUICK: Final = (("transform.py",), ("deliver.py", "--quick"), ("growth.py", "--quick"))
WHOLE: Final = (
    ("transform.py",),
    ("deliver.py",),
    ("run.py", str(1 << 28)),
    ("growth.py",),
    ("outbox.py",),
    ("host.py",),
    ("wire.py",),
)


def machine() -> Iterator[str]:
    """Return what the numbers depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    yield f"{', '.join(names) or platform.processor()}, {os.cpu_count()} cores, {platform.system()}"
    yield f"Python {platform.python_version()}, portcall {version('portcall')}"
    if hasattr(os, "getloadavg"):
        yield f"load before: {os.getloadavg()[0]:.1f} (above 0.5, walls and ratios of walls mean little)"


def run(python: Path, folder: Path, words: tuple[str, ...]) -> None:
    """Run one script; what goes wrong with it is said, and the next one runs."""
    started = perf_counter()
    command = [str(python), str(folder / words[0]), *words[1:]]
    try:
        code: int | str = subprocess.run(command, check=False, timeout=LONGEST_S).returncode
    except subprocess.TimeoutExpired:
        code = f"no end within {LONGEST_S} s"
    if code:
        print(f"{words[0]}: {code}")
    print(f"({perf_counter() - started:.0f} s)\n", flush=True)


def main() -> None:
    """Make every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without what takes long")
    parser.add_argument("--beside", type=Path, help="another checkout, with a .venv of its own")
    options = parser.parse_args()
    for line in machine():
        print(line, flush=True)
    for words in QUICK if options.quick else WHOLE:
        if options.beside is not None and (options.beside / "bench" / words[0]).exists():
            print(f"--- {' '.join(words)}, of {options.beside}", flush=True)
            run(options.beside / ".venv" / "bin" / "python", options.beside / "bench", words)
        print(f"--- {' '.join(words)}", flush=True)
        run(Path(sys.executable), HERE, words)


if __name__ == "__main__":
    main()
