"""How far an input is read, in bytes on disk: what the time that is left is made of."""

import gzip
import json
import random

import pytest

from portcall.runs.inputs import open_input

dice = random.Random(7)
VALUES = [{"n": n, "text": dice.choice(["Ada", "日本語", "x"]) * 20} for n in range(4000)]
LINES = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in VALUES)
CONTENTS = {
    "events.ndjson": LINES.encode(),
    "events.json": json.dumps(VALUES, ensure_ascii=False).encode(),
    "events.csv": ("n,text\n" + "".join(f"{v['n']},{v['text']}\n" for v in VALUES)).encode(),
    "events.ndjson.gz": gzip.compress(LINES.encode()),
    "bom.ndjson": b"\xef\xbb\xbf" + LINES.encode(),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_the_bytes_consumed_are_in_proportion_to_the_entries_given(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(CONTENTS[name])
    with open_input(str(path)) as opened:
        assert opened.total == len(CONTENTS[name])
        assert opened.consumed() < opened.total * 0.01
        for entry in opened:
            if entry.number % 500 == 0:
                part = opened.consumed() / opened.total
                assert part == pytest.approx(entry.number / len(VALUES), abs=0.05)
        assert opened.consumed() == pytest.approx(opened.total, rel=0.001)


def test_a_small_file_is_not_consumed_because_it_was_looked_at(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_bytes(b'{"a":1}\n' * 100)
    with open_input(str(path)) as opened:
        next(iter(opened))
        assert opened.consumed() == 8
        opened.skip(50)
        assert opened.consumed() == 400
