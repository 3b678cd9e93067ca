"""A million rows: the memory that reading takes, and what is read twice before anything is sent.

    uv run python bench/rows.py [ROWS]

For Parquet, CSV, NDJSON and a query of SQLite, with and without a key: the seconds of the check before the
first event, those of reading all events, and the peak memory of a process that does both.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from portcall.runs.inputs import InputOptions, check_input, open_input

ROWS: Final = 1_000_000
GROUP: Final = 50_000
QUERY: Final = "SELECT * FROM orders"
_NAMES: Final = ("id", "type", "event", "userId", "messageId", "total")


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Return the rows, from 1 on."""
    for n in range(1, count + 1):
        yield n, "track", "Order Completed", f"u-{n % 9973}", f"m-{n}", n % 100 + 0.5


def write_parquet(path: Path, count: int) -> None:
    """Write them by row groups."""
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    each, writer = rows(count), None
    while group := list(islice(each, GROUP)):
        table = arrow.table(dict(zip(_NAMES, map(list, zip(*group, strict=True)), strict=True)))
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def write_sqlite(path: Path, count: int) -> None:
    """Write them into a table."""
    with closing(sqlite3.connect(path)) as session:
        session.execute(f"CREATE TABLE orders ({', '.join(_NAMES)})")
        session.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", rows(count))
        session.commit()


def write_text(path: Path, count: int) -> None:
    """Write them as CSV or as lines of JSON, as the name says."""
    with path.open("w", encoding="ascii") as file:
        if path.suffix == ".csv":
            file.write(",".join(_NAMES) + "\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in rows(count))
        else:
            file.writelines(
                json.dumps(dict(zip(_NAMES, row, strict=True))) + "\n" for row in rows(count)
            )


def measure(path: str, query: str, key: str) -> None:
    """Check and read one input, and print what that took; in a process of its own."""
    options = InputOptions(query=query or None, query_key=key or None)
    idle_mb, began = peak_mb(), perf_counter()
    check_input(path, options)
    checked = perf_counter()
    with open_input(path, options) as source:
        count = sum(1 for _ in source)
    read_s = perf_counter() - checked
    name = Path(path).name + (f", key {key}" if key else "")
    print(
        f"{name:22} {count:>9,} rows: check {checked - began:5.1f} s, read {read_s:5.1f} s, "
        f"peak {peak_mb():.0f} MB, {idle_mb:.0f} before",
        flush=True,
    )


def peak_mb() -> float:
    """Return the largest resident memory of this process so far (Linux: ``VmHWM`` of proc(5))."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0


def main(count: int) -> None:
    """Write the inputs, and measure each."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        write_parquet(place / "orders.parquet", count)
        write_sqlite(place / "app.db", count)
        for name in ("orders.csv", "orders.ndjson"):
            write_text(place / name, count)
        for name, query, key in (
            ("orders.parquet", "", ""),
            ("orders.csv", "", ""),
            ("orders.ndjson", "", ""),
            ("app.db", QUERY, "id"),
            ("app.db", QUERY, "messageId"),
            ("app.db", QUERY, ""),
        ):
            words = [sys.executable, __file__, str(place / name), query, key]
            subprocess.run(words, check=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(*sys.argv[1:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
