import gzip
import subprocess
import sys
from pathlib import Path

import pytest

EVENT = b'{"type":"track","event":"Order Completed","properties":{"note":"%s"}}' % (b"x" * 430)
COUNT = 150_000
MOST_KIB = 4096

MEASURE = """
import pathlib, re, sys
from portcall.runs.inputs import open_input

def peak_kib():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])

def read(path, skip):
    with open_input(path) as opened:
        if skip:
            opened.skip(int(skip))
        return sum(entry.event is not None for entry in opened)

read(sys.argv[1], "")
before = peak_kib()
print(read(sys.argv[2], sys.argv[3]), peak_kib() - before)
"""


def _content(kind, count):
    if kind == "csv":
        return b"type,name\n" + b"track,%s\n" % (b"x" * 490) * count
    if kind == "json":
        return b"[" + (EVENT + b",\n") * (count - 1) + EVENT + b"]"
    return (EVENT + b"\n") * count


def _measure(tmp_path, name, kind, skip=""):
    pack = gzip.compress if name.endswith(".gz") else bytes
    for folder, count in (("small", 1000), ("large", COUNT)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(pack(_content(kind, count)))
    paths = [str(tmp_path / folder / name) for folder in ("small", "large")]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *paths, skip],
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    return [int(each) for each in done.stdout.split()]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from there")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.ndjson", ""), ("a.json", "json"), ("a.csv", "csv"), ("a.gz", ""), ("b.gz", "json")],
)
def test_75_mb_take_no_more_memory_than_half_a_megabyte(tmp_path, name, kind):
    assert len(_content(kind, COUNT)) > 70_000_000
    count, grown_kib = _measure(tmp_path, name, kind)
    assert count == COUNT
    assert grown_kib < MOST_KIB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from there")
def test_skipping_75_mb_takes_no_memory(tmp_path):
    count, grown_kib = _measure(tmp_path, "a.ndjson", "", str(COUNT - 1))
    assert count == 1
    assert grown_kib < MOST_KIB
