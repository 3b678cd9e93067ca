"""Tables and queries whose run is killed without warning in the middle: each row once, or uncertain."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from portcall import runs
from portcall.testing import Reply

NAMES = [f"e{n}" for n in range(1, 301)]
SCRIPT = """
import json, runpy, sys
from types import SimpleNamespace
from portcall import Host, runs
shop = SimpleNamespace(**runpy.run_path(sys.argv[1]))
with Host(plugins={"shop": shop}, allow_private=["127.0.0.1"]) as host:
    opened = host.destination("shop").connect({"endpoint": sys.argv[2]})
    runs.start(connection=opened, action="one", workers=2, **json.loads(sys.argv[3])).wait()
"""


def _parquet(folder):
    path = folder / "orders.parquet"
    table = pa.table({"type": ["track"] * len(NAMES), "event": NAMES})
    pa.parquet.write_table(table, path, row_group_size=64)
    return {"input": str(path)}


def _query(folder, key="id"):
    path = folder / "app.db"
    with closing(sqlite3.connect(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, event TEXT)")
        session.executemany("INSERT INTO orders VALUES (?, ?)", enumerate(NAMES, 1))
        session.commit()
    query = f"SELECT id, 'track' AS type, event FROM orders{' ORDER BY id' * (key is None)}"
    return {"input": str(path), "query": query, "query_key": key}


@pytest.mark.parametrize("make", [_parquet, _query, lambda folder: _query(folder, None)])
def test_each_row_arrives_once_or_is_uncertain(make, connection, sent, peer, tmp_path):
    given = make(tmp_path)
    shop = Path(__file__).with_name("shop.py")
    process = []

    def answer(_):
        if process and len(sent) >= 130:
            process[0].kill()
        return Reply(204)

    sent.answer = answer
    process.append(
        subprocess.Popen([sys.executable, "-c", SCRIPT, shop, peer.url, json.dumps(given)])
    )
    assert process[0].wait(30) == -signal.SIGKILL
    process.clear()
    report = runs.start(connection=connection, action="one", **given).report
    kept = report.dead_letters.get("uncertain")
    said = kept.read_text().splitlines() if kept else ()
    doubtful = {json.loads(line)["event"] for line in said}
    assert report.is_complete
    assert report.resumed_after > 100
    assert max(sent.values()) == 1
    assert sent.keys() | doubtful == set(NAMES)
    assert len(doubtful) <= 2
