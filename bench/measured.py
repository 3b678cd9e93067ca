"""One measured row: printed by its script, and written down where ``all.py`` compares two checkouts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

ROWS: Final = "PORTCALL_BENCH_ROWS"
"""Names the file that rows are written to, as JSON, a row a line."""


def note(name: str, cpu_us: float, rate: float | None = None) -> None:
    """Write down what was measured.

    Args:
        name: What was done; the same in each run.
        cpu_us: CPU microseconds of each event, or of the whole.
        rate: Events a second by the wall clock.
    """
    path = os.environ.get(ROWS)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, cpu_us, rate]) + "\n")


def noted(path: Path) -> dict[str, tuple[float, float | None]]:
    """Return what was written down, by name."""
    if not path.exists():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {name: (cpu_us, rate) for name, cpu_us, rate in rows}
