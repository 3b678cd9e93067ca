"""Every table of this folder by one command, with the machine named.

    uv run python bench/all.py              all, in ten minutes
    uv run python bench/all.py --quick      the most important ones, in one
    uv run python bench/all.py --against ../before
    uv run python bench/all.py run.py deliver.py --minutes 20

With ``--against``, each script measures another checkout, too, right before this one: the same script, Python
and packages, and the code of portcall from there. That takes twice the time; a table at the end has both.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from time import monotonic, perf_counter
from typing import Final

from measured import ROWS, noted

HERE: Final = Path(__file__).parent
QUICK_S: Final = 58
WHOLE_S: Final = 590
SHARES: Final = 1.6
"""So many times an equal share of the time that is left is what a script may take."""

QUICK: Final = (
    ("transform.py", "--quick"),
    ("batches.py", "--quick"),
    ("deliver.py", "--quick"),
    ("growth.py", "--quick"),
)
WHOLE: Final = (
    ("transform.py",),
    ("batches.py",),
    ("deliver.py",),
    ("run.py", str(1 << 27)),
    ("growth.py",),
)
ALONE: Final = (("outbox.py",), ("host.py",), ("wire.py",))
"""What is not compared with another checkout."""


def machine() -> Iterator[str]:
    """Return what the numbers depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    yield f"{', '.join(names) or platform.processor()}, {os.cpu_count()} cores, {platform.system()}"
    yield f"Python {platform.python_version()}, portcall {version('portcall')}"
    if hasattr(os, "getloadavg"):
        yield f"load before: {os.getloadavg()[0]:.1f} (above 0.5, walls and ratios of walls mean little)"


def run(words: tuple[str, ...], rows: Path, most_s: float, checkout: Path | None = None) -> None:
    """Run one script until it ends or its time does; what goes wrong with it is said.

    Args:
        words: The script and its arguments.
        rows: Where what it measured is written down.
        most_s: The seconds that it may take.
        checkout: Where portcall and Segment's plugin are taken from; None for this one.
    """
    started = perf_counter()
    environ = {**os.environ, ROWS: str(rows)}
    if checkout is not None:
        sources = (checkout / "core" / "src", checkout / "plugins" / "portcall-segment" / "src")
        environ["PYTHONPATH"] = os.pathsep.join(str(each.resolve()) for each in sources)
    command = [sys.executable, str(HERE / words[0]), *words[1:]]
    said = None if checkout is None else DEVNULL
    with Popen(command, env=environ, stdout=said, start_new_session=True) as script:
        try:
            code: int | str = script.wait(most_s)
        except TimeoutExpired:
            code = f"no end within {most_s:.0f} s"
        finally:
            with suppress(ProcessLookupError):  # the servers that it started are of its group
                os.killpg(script.pid, signal.SIGKILL)
    if code:
        print(f"{words[0]}: {code}")
    print(
        f"({perf_counter() - started:.0f} s{'' if checkout is None else ', of the other'})",
        flush=True,
    )


def compare(before: Path, after: Path) -> Iterator[str]:
    """Return the lines of a table of what two checkouts took."""
    old, new = noted(before), noted(after)
    yield "| | CPU before, µs | now, µs | times as fast | by the wall |"
    yield "|---|---|---|---|---|"
    for name, (cpu_us, rate) in new.items():
        if name in old:
            was_us, was_rate = old[name]
            wall = f"{rate / was_rate:.2f}" if rate and was_rate else ""
            yield f"| {name} | {was_us:,.1f} | {cpu_us:,.1f} | {was_us / cpu_us:.2f} | {wall} |"


def main() -> None:
    """Make every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the most important tables")
    parser.add_argument("--against", type=Path, help="another checkout, to compare with")
    parser.add_argument("--minutes", type=float, help="for each side, on a busy machine")
    parser.add_argument("scripts", nargs="*", help="these alone")
    options = parser.parse_args()
    for line in machine():
        print(line, flush=True)
    known: Sequence[tuple[str, ...]] = WHOLE if options.against else WHOLE + ALONE
    usual = QUICK if options.quick else known
    scripts = [each for each in usual if each[0] in (options.scripts or each)]
    sides = [None] if options.against is None else [options.against, None]
    turns = [(words, side) for words in scripts for side in sides]
    usual_s = QUICK_S if options.quick else WHOLE_S
    ends_at = monotonic() + (options.minutes * 60 if options.minutes else usual_s) * len(sides)
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        for done, (words, side) in enumerate(turns):
            if side is sides[0]:
                print(f"\n--- {' '.join(words)}", flush=True)
            # What one script leaves of its share is there for those after it.
            left_s = max(ends_at - monotonic(), 1)
            share_s = min(left_s, left_s / (len(turns) - done) * SHARES)
            run(words, after if side is None else before, share_s, side)
        if options.against is not None:
            print("", *compare(before, after), sep="\n", flush=True)


if __name__ == "__main__":
    main()
