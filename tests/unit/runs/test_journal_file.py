"""What a run writes down, and what is known from that after it was killed at any byte."""

import json
import os
from contextlib import contextmanager
from io import BytesIO

import pytest
from hypothesis import given, strategies as st

from portcall import SettingsError
from portcall.runs import journal_file as module
from portcall.runs.checkpoint import Checkpoint, from_text, to_text
from portcall.runs.dead_letters import DeadLetters, stem_of
from portcall.runs.journal_file import JournalFile

numbers = st.lists(st.integers(1, 60), min_size=1, max_size=8, unique=True).map(sorted)


def checksum(number):
    """There is one for each entry."""
    return number * 7


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["finish", "wait"]), numbers),
        numbers.map(lambda given: ("begin", given, checksum(given[-1]))),
        st.tuples(st.just("fail"), st.integers(1, 60), st.dictionaries(st.text(), st.text())),
        st.integers(1, 60).map(lambda number: ("reach", number, checksum(number))),
    ),
    max_size=40,
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))


@contextmanager
def written(path, digests=None, run="5e1f"):
    journal = JournalFile(path, digests or {"a": ""}, run)
    journal.open()
    yield journal
    journal.close()


@given(st.sets(st.integers(1, 500)))
def test_numbers_are_read_as_they_were_written(given):
    assert list(from_text(to_text(sorted(given)))) == sorted(given)


def test_neighbours_are_written_as_one():
    assert to_text([1, 2, 3, 7, 9, 10]) == "1-3 7 9-10"


@given(steps)
def test_a_journal_that_is_written_anew_says_the_same(taken):
    known, again = Checkpoint(), Checkpoint()
    for name, *arguments in taken:
        getattr(known, name)(*arguments)
    for record in known.records():
        again.replay(*record.split(" ", 1))
    assert again == known


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "x.journal"
    with written(path, {"a": "x", "b": "y"}, "77aa") as journal:
        journal.begin("a", [1, 2, 3], 77)
        journal.finish("a", [1])
        journal.fail("a", 2, {"reason": "no\nsevens"})
        journal.reach("a", 1, 99)
        journal.begin("b", [1], 99)
        journal.wait("b", [1])
    read = JournalFile.read(path)
    assert (read.run, read.digests) == ("77aa", {"a": "x", "b": "y"})
    assert read.of("a") == Checkpoint(
        through=1,
        checksum=99,
        seen=3,
        seen_checksum=77,
        begun={3},
        failed={2: {"reason": "no\nsevens"}},
    )
    assert read.of("b") == Checkpoint(seen=1, seen_checksum=99, waiting={1})


def test_a_record_that_was_not_finished_is_as_if_it_had_not_begun(tmp_path):
    path = tmp_path / "x.journal"
    with written(path) as journal:
        journal.begin("a", [5], 1)
        journal.finish("a", [5])
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for cut in range(1, len(last)):
        path.write_bytes(whole[:-cut])
        assert JournalFile.read(path).of("a").begun == {5}
        assert JournalFile.read(path).of("a").finished == set()


def test_a_journal_stays_short(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    path = tmp_path / "x.journal"
    with written(path) as journal:
        for number in range(1, 5001):
            journal.begin("a", [number], number)
            journal.finish("a", [number])
            if number % 50 == 0:
                journal.reach("a", number, number)
                assert path.stat().st_size < 4000
        journal.begin("a", [6000], 6)
    assert JournalFile.read(path).of("a") == Checkpoint(
        through=5000, checksum=5000, seen=6000, seen_checksum=6, begun={6000}
    )


def test_a_thread_that_is_still_at_work_when_the_run_is_over_writes_nowhere(tmp_path):
    with written(tmp_path / "x.journal") as journal:
        pass
    with (tmp_path / "other").open("wb"), pytest.raises(OSError, match="descriptor"):
        journal.begin("a", [1], 1)
    assert (tmp_path / "other").read_bytes() == b""


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "nonsense\n", '{"portcall_journal": 2, "run": "5e1f", "subscriptions": {}}\n',
     '{"portcall_journal": 1, "run": "5e1f", "subscriptions": {"a": ""}}\n1 b 4\n',
     '{"portcall_journal": 1, "run": "5e1f", "subscriptions": {"a": ""}}\n0 q 4\n'],
)  # fmt: skip
def test_what_is_no_journal_is_not_gone_on_with(tmp_path, text):
    path = tmp_path / "x.journal"
    path.write_text(text)
    with pytest.raises(SettingsError, match="not a journal of this version"):
        JournalFile.read(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    journal = JournalFile(tmp_path / "missing" / "x.journal", {"a": ""}, 1)
    with pytest.raises(SettingsError, match="folder="):
        journal.open()


def test_half_a_record_that_found_no_room_spoils_nothing(tmp_path, monkeypatch):
    path = tmp_path / "x.journal"
    real = os.write
    with written(path) as journal:
        journal.begin("a", [1], 1)
        monkeypatch.setattr(module.os, "write", lambda file, data: real(file, data[:4]))
        with pytest.raises(OSError, match="space"):
            journal.begin("a", [2, 3, 4], 1)
        monkeypatch.undo()
        journal.begin("a", [7], 1)
    assert JournalFile.read(path).of("a").begun == {1, 7}


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("events.ndjson", "events.ndjson.shop-track"),
        ("events.csv.gz", "events.csv.gz.shop-track"),
        ("events", "events.shop-track"),
        ("", "shop-track"),
        ("events.json.shop-track.rejected.ndjson", "events.json.shop-track"),
        ("events.json.shop-track.uncertain-12.ndjson", "events.json.shop-track"),
        ("shop-track.retry.ndjson", "shop-track"),
    ],
)
def test_files_are_called_after_the_input_and_the_run(name, stem):
    assert stem_of(name, "shop-track") == stem


def _entry(number, name):
    from portcall.runs.inputs import Entry

    return Entry(number, {"event": name}, raw=json.dumps({"event": name}).encode())


@pytest.mark.parametrize("cut", [0, 1, 5, 20])
def test_a_file_whose_last_line_was_cut_off_is_mended(tmp_path, cut):
    dead_letters = DeadLetters(tmp_path, "x", "5e1f")
    dead_letters.write("rejected", _entry(1, "a"), {"line": 1, "subscription": "s"})
    dead_letters.write("rejected", _entry(2, "b"), {"line": 2, "subscription": "s"})
    dead_letters.close()
    path = dead_letters.paths["rejected"]
    path.write_bytes(path.read_bytes()[: -cut or None])
    again = DeadLetters(tmp_path, "x", "5e1f")
    known = list(again.entries_of("s"))
    again.write("rejected", _entry(3, "c"), {"line": 3, "subscription": "s"})
    again.close()
    lines = BytesIO(path.read_bytes()).readlines()
    assert [json.loads(line)["_portcall"]["line"] for line in lines] == [*known, 3]
    assert known == ([1, 2] if cut < 2 else [1])
