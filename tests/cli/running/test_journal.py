"""What a run writes down, and what is known from that after it was killed at any byte."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall import SettingsError
from portcall.cli.running import journal as module
from portcall.cli.running.journal import Journal
from portcall.cli.running.leftovers import Leftovers, stem_of
from portcall.cli.running.progressed import Progressed
from portcall.cli.running.ranges import from_text, to_text

numbers = st.lists(st.integers(1, 60), min_size=1, max_size=8, unique=True).map(sorted)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["begin", "finish", "wait"]), numbers),
        st.tuples(st.just("fail"), st.integers(1, 60), st.dictionaries(st.text(), st.text())),
        st.tuples(st.just("reach"), st.integers(1, 60), st.integers(0, 2**32 - 1)),
    ),
    max_size=40,
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))


@given(st.sets(st.integers(1, 500)))
def test_numbers_are_read_as_they_were_written(given):
    assert list(from_text(to_text(sorted(given)))) == sorted(given)


def test_neighbours_are_written_as_one():
    assert to_text([1, 2, 3, 7, 9, 10]) == "1-3 7 9-10"


@given(steps)
def test_a_journal_that_is_written_anew_says_the_same(taken):
    known, again = Progressed(), Progressed()
    for name, *arguments in taken:
        getattr(known, name)(*arguments)
    for record in known.records():
        again.replay(*record.split(" ", 1))
    assert again == known


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "x.journal"
    journal = Journal(path, {}, 3)
    with journal.kept(["a", "b"]):
        journal.begin("a", [1, 2, 3])
        journal.finish("a", [1])
        journal.fail("a", 2, {"reason": "no\nsevens"})
        journal.reach("a", 1, 99)
        journal.begin("b", [1])
        journal.wait("b", [1])
    read = Journal.read(path)
    assert read.series == 3
    assert read.of("a") == Progressed(
        through=1, checksum=99, begun={3}, failed={2: {"reason": "no\nsevens"}}
    )
    assert read.of("b") == Progressed(waiting={1})


def test_a_record_that_was_not_finished_is_as_if_it_had_not_begun(tmp_path):
    path = tmp_path / "x.journal"
    journal = Journal(path, {}, 1)
    with journal.kept(["a"]):
        journal.begin("a", [5])
        journal.finish("a", [5])
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for cut in range(1, len(last)):
        path.write_bytes(whole[:-cut])
        assert Journal.read(path).of("a").begun == {5}
        assert Journal.read(path).of("a").finished == set()


def test_a_journal_stays_short(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    path = tmp_path / "x.journal"
    journal = Journal(path, {}, 1)
    with journal.kept(["a"]):
        for number in range(1, 5001):
            journal.begin("a", [number])
            journal.finish("a", [number])
            if number % 50 == 0:
                journal.reach("a", number, number)
                assert path.stat().st_size < 4000
        journal.begin("a", [6000])
    assert Journal.read(path).of("a") == Progressed(through=5000, checksum=5000, begun={6000})


def test_a_thread_that_is_still_at_work_when_the_run_is_over_writes_nowhere(tmp_path):
    journal = Journal(tmp_path / "x.journal", {}, 1)
    with journal.kept(["a"]):
        pass
    with (tmp_path / "other").open("wb"), pytest.raises(OSError, match="descriptor"):
        journal.begin("a", [1])
    assert (tmp_path / "other").read_bytes() == b""


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "nonsense\n", '{"portcall_journal": 2, "series": 1, "subscriptions": []}\n',
     '{"portcall_journal": 1, "series": 1, "subscriptions": ["a"]}\n1 b 4\n',
     '{"portcall_journal": 1, "series": 1, "subscriptions": ["a"]}\n0 q 4\n'],
)  # fmt: skip
def test_what_is_no_journal_is_not_gone_on_with(tmp_path, text):
    path = tmp_path / "x.journal"
    path.write_text(text)
    with pytest.raises(SettingsError, match="no journal of this version"):
        Journal.read(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    journal = Journal(tmp_path / "missing" / "x.journal", {}, 1)
    with pytest.raises(SettingsError, match="--folder"), journal.kept(["a"]):
        pass


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("events.ndjson", "events.shop-track"),
        ("events.CSV.gz", "events.shop-track"),
        ("a.b.json", "a.b.shop-track"),
        ("events", "events.shop-track"),
        ("", "shop-track"),
        ("events.shop-track.rejected.ndjson", "events.shop-track"),
        ("events.shop-track.uncertain-12.ndjson", "events.shop-track"),
        ("shop-track.retry.ndjson", "shop-track"),
    ],
)
def test_files_are_called_after_the_input_and_the_run(name, stem):
    assert stem_of(name, "shop-track") == stem


def _entry(number, name):
    from portcall.cli.reading import Entry

    return Entry(number, {"event": name}, raw=json.dumps({"event": name}).encode())


@pytest.mark.parametrize("cut", [0, 1, 5, 20])
def test_a_file_whose_last_line_was_cut_off_is_mended(tmp_path, cut):
    leftovers = Leftovers(tmp_path, "x", 1)
    leftovers.write("rejected", _entry(1, "a"), {"line": 1})
    leftovers.write("rejected", _entry(2, "b"), {"line": 2})
    leftovers.close()
    path = leftovers.paths["rejected"]
    path.write_bytes(path.read_bytes()[: -cut or None])
    again = Leftovers(tmp_path, "x", 1)
    known = [note["line"] for note in again.written()]
    again.write("rejected", _entry(3, "c"), {"line": 3})
    again.close()
    lines = BytesIO(path.read_bytes()).readlines()
    assert [json.loads(line)["_portcall"]["line"] for line in lines] == [*known, 3]
    assert known == ([1, 2] if cut < 2 else [1])
