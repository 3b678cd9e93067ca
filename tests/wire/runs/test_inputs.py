"""Inputs as people have them, delivered; what cannot be read is refused before anything is sent."""

import gzip
import json

import pytest

from portcall import runs
from portcall.runs import InputError


@pytest.fixture
def deliver(connection, tmp_path):
    """Deliver an input with these bytes, and return the report."""

    def run(content, name, **given):
        path = tmp_path / name
        path.write_bytes(content)
        return runs.start(connection=connection, action="one", input=path, **given).report

    return run


def _csv(names, encoding, first=""):
    return (first + "type;event\n" + "".join(f"track;{name}\n" for name in names)).encode(encoding)


NAMES = [f"Bestellung {n} für José" for n in range(40)]


@pytest.mark.parametrize(
    ("content", "given"),
    [
        (_csv(NAMES, "utf-8-sig"), {}),
        (_csv(NAMES, "utf-16", "sep=;\n"), {}),
        (_csv(NAMES, "windows-1252"), {"encoding": "windows-1252"}),
        (gzip.compress(_csv(NAMES, "latin-1")), {"encoding": "latin-1"}),
    ],
)
def test_text_of_any_encoding_arrives_once(deliver, sent, content, given):
    assert deliver(content, "orders.csv", **given).delivered == 40
    assert sent == dict.fromkeys(NAMES, 1)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (_csv(["plain"] * 9000 + NAMES, "cp1252"), "orders.csv", "give encoding='windows-1252'"),
        (gzip.compress(_csv(NAMES, "utf-8")) + b"rubbish", "orders.csv.gz", "data after"),
        (gzip.compress(_csv(NAMES, "utf-8"))[:-5], "orders.csv.gz", "ends too early"),
        (b"%PDF-1.7", "orders.csv", "PDF"),
    ],
)
def test_an_input_that_cannot_be_read_to_its_end_is_refused_before_anything_is_sent(
    deliver, sent, content, name, said
):
    with pytest.raises(InputError) as failed:
        deliver(content, name)
    assert said in str(failed.value)
    assert not sent


def test_a_record_that_was_rejected_can_be_corrected_and_sent(deliver, sent):
    content = b"type;event;total:number\ntrack;a;1,5\ntrack;b;x\ntrack;c;2\n"
    rejected = deliver(content, "orders.csv").dead_letters["rejected"]
    held = json.loads(rejected.read_text())
    assert held["_portcall"]["record"] == {"type": "track", "event": "b", "total:number": "x"}
    assert "total:number" in held["_portcall"]["reason"]
    held["_portcall"]["record"]["total:number"] = "3,5"
    assert deliver(json.dumps(held).encode(), "again.ndjson").delivered == 1
    assert sent == {"a": 1, "b": 1, "c": 1}


def test_bytes_that_are_no_text_can_be_corrected_by_their_encoding(deliver, sent):
    content = b'{"type": "track", "event": "Jos\xe9"}\n{"type": "track", "event": "a"}\n'
    rejected = deliver(content, "orders.ndjson", encoding="utf-8").dead_letters["rejected"]
    corrected = rejected.read_bytes().replace(b'"encoding":"utf-8"', b'"encoding":"latin-1"')
    assert deliver(corrected, "again.ndjson").delivered == 1
    assert sent == {"a": 1, "José": 1}
