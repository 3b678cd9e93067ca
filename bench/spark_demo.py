"""Deliver the rows of a DataFrame with Spark, kill a worker on the way, and ask the receiver about it.

python bench/spark_demo.py [ROWS]

starts a receiver that counts every event, and Spark with two workers; kills the Python process of a task when
a third of the rows has arrived; then delivers the same run again. Needs Java and ``portcall-spark[pyspark]``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter
from typing import Any, Final
from urllib.request import urlopen

from counting_server import running

from portcall import Project

CONFIGURATION: Final = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "OFF",
}
PROJECT: Final = 'store = "store"\n[connections.shop]\nallow_private = ["127.0.0.1"]\n'


def told(url: str) -> dict[str, int]:
    """Return what the receiver has seen."""
    with urlopen(url, timeout=10) as response:
        seen: dict[str, int] = json.load(response)
    return seen


def task_processes() -> list[int]:
    """Return the processes of Spark's Python workers: the children of its daemon."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = status.read_text().partition("PPid:")[2].split()[0]
            command = Path(f"/proc/{parent}/cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if b"pyspark.daemon" in command:
            found.append(int(status.parent.name))
    return found


@contextmanager
def killing(url: str, at: int) -> Iterator[list[int]]:
    """Kill one task's process as soon as so many rows have arrived; give the list of those killed."""
    killed: list[int] = []
    over = Event()

    def kill() -> None:
        while not over.wait(0.05):
            if told(url)["arrived"] >= at and (processes := task_processes()):
                os.kill(processes[-1], signal.SIGKILL)
                killed.append(processes[-1])
                return

    thread = Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def session() -> Any:
    """Return a Spark with two workers that tries each task up to four times."""
    from pyspark.sql import SparkSession

    from portcall_spark import register

    builder = SparkSession.builder.master("local[2,4]")
    for name, value in CONFIGURATION.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    register(spark)
    return spark


def save(rows: Any, folder: Path) -> float:
    """Deliver rows as the run ``demo``; return the seconds that it took."""
    began = perf_counter()
    writer = rows.write.format("portcall").option("connection", "shop").option("action", "track")
    places = {"project": folder / "portcall.toml", "commit_log": folder / "commits.db"}
    for name, place in {**places, "undelivered": folder / "undelivered"}.items():
        writer = writer.option(name, f"{place}")
    writer.option("run", "demo").mode("append").save()
    return perf_counter() - began


def main(count: int = 100_000) -> None:
    """Print what the receiver has seen of so many rows, once with a killed worker and once again."""
    with TemporaryDirectory() as name, running(count) as url:
        folder = Path(name)
        (folder / "portcall.toml").write_text(PROJECT)
        with Project.read(folder / "portcall.toml").host("shop") as host:
            host.connections.create("shop", "segment", {"write_key": "wk-demo", "endpoint": url})
        print("starting Spark", flush=True)
        spark = session()
        rows = spark.range(count, numPartitions=8).selectExpr(
            "concat('m-', id) AS messageId", "'track' AS type", "'Order Completed' AS event",
            "concat('u-', id) AS userId", "named_struct('total', id) AS properties",
        )  # fmt: skip
        print(f"delivering {count:,} rows", flush=True)
        with killing(url, count // 3) as killed:
            took = save(rows, folder)
        print(f"{took:.1f} s, {len(killed)} worker killed; the receiver says: {told(url)}")
        took = save(rows, folder)
        print(f"the same run again, {took:.1f} s; the receiver says: {told(url)}")
        spark.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
