"""The ledger finds what it was told, whichever way its rows are kept."""

import random
from time import time

import pytest

from portcall import SettingsError
from portcall.runs.ledger import key_index
from portcall.runs.ledger.durations import duration_s
from portcall.runs.ledger.ledger_file import Ledger
from portcall.runs.ledger.log import read_log
from portcall.runs.ledger.tables import Outcomes


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(key_index, "SEGMENT", 50)
    monkeypatch.setattr(key_index, "FAN", 3)
    with Ledger(tmp_path / "state" / "ledger.sqlite3") as opened:
        yield opened


def _claimed(ledger, events):
    scope, run = ledger.scope("shop", "track"), ledger.run("word", "events.ndjson", "line")
    known, rows = ledger.claim(scope, run, dict(events), 0, again=False)
    ledger.settle([(row, row, Outcomes.DELIVERED, "") for row in rows.values()])
    return known, rows


def test_every_event_is_found_again_in_memory_in_segments_and_in_merged_ones(ledger):
    dice = random.Random(13)
    numbers = [dice.getrandbits(64) - (1 << 63) for _ in range(1000)]
    for start in range(0, 1000, 20):
        known, rows = _claimed(ledger, [(n, i) for i, n in enumerate(numbers[start : start + 20])])
        assert not known
        assert len(rows) == 20
    with Ledger(ledger.path) as other:
        for opened in (ledger, other):
            known, rows = _claimed(opened, [(n, 1) for n in numbers])
            assert known.keys() == set(numbers)
            assert not rows
    [merged] = next(ledger.query("SELECT count(*) FROM segments WHERE level = 1"))
    assert merged > 1


def test_events_of_another_ledger_are_found_once_they_are_appended(ledger):
    scope, run = ledger.scope("shop", "track"), ledger.run("word", "events.ndjson", "line")
    _claimed(ledger, [(7, 1)])
    ledger.append((n, scope, run, n, 1_700_000_000, Outcomes.DELIVERED) for n in range(100, 180))
    for opened in (ledger, Ledger(ledger.path)):
        known, rows = _claimed(opened, [(n, n) for n in (7, 100, 179, 180 + id(opened))])
        assert known.keys() == {7, 100, 179}
        assert len(rows) == 1
        opened.close()


def test_what_was_forgotten_is_in_no_segment_either(ledger):
    _claimed(ledger, [(n, n) for n in range(200)])
    _claimed(ledger, [(n, n) for n in range(200, 400)])
    assert ledger.forget(0, most=150) == 250
    known, _ = _claimed(ledger, [(n, n) for n in range(400)])
    assert set(known) == set(range(250, 400))


def test_a_ledger_of_a_newer_version_is_left_alone_and_closed(ledger):
    list(ledger.query("PRAGMA user_version = 99"))
    ledger.close()
    with pytest.raises(SettingsError, match="newer version") as _kept:
        Ledger(ledger.path)
    # SQLite removes its shared memory when the last connection is closed.
    assert [path.name for path in ledger.path.parent.iterdir()] == [ledger.path.name]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7d", 604_800), ("90", 90), ("1.5h", 5400), ("15M", 900), ("2w", 1_209_600), ("0s", 0)],
)
def test_lengths_of_time_are_written_as_people_write_them(text, seconds):
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "-1d", "7 days", "1e9d", "99999w", "9" * 400])
def test_no_length_of_time_is_refused_with_what_to_write(text):
    with pytest.raises(SettingsError, match="such as 7d"):
        duration_s(text)


def test_what_is_written_after_all_was_forgotten_is_found_by_others(ledger):
    _claimed(ledger, [(n, n) for n in range(200)])
    ledger.forget(time() + 1)
    _claimed(ledger, [(n, n) for n in range(20)])
    with Ledger(ledger.path) as other:
        known, _ = _claimed(other, [(n, n) for n in range(20)])
    assert known.keys() == set(range(20))


def test_spans_know_what_is_under_way_and_become_one_when_nothing_is(ledger):
    scope, run = ledger.scope("shop", "track"), ledger.run("word", "events.ndjson", "line")
    for start in (0, 10, 20):
        events = {n: n for n in range(start, start + 10)}
        ledger.claim(scope, run, events, 0, again=False)
    ledger.settle([(1, 15, Outcomes.DELIVERED, "")])
    spans = "SELECT first, last, begun FROM spans"
    assert list(ledger.query(spans)) == [(1, 10, 0), (11, 20, 5), (21, 30, 10)]
    begun = [each.number for each in read_log(ledger, outcome="begun")]
    assert begun == [*range(29, 14, -1)]
    ledger.settle([(16, 30, Outcomes.DELIVERED, "")])
    assert list(ledger.query(spans)) == [(1, 30, 0)]
    assert not list(read_log(ledger, outcome="begun"))
    assert len(list(read_log(ledger, connection="shop", outcome="delivered"))) == 30


def test_a_ledger_of_the_version_before_is_read_and_gone_on_with(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path) as ledger:
        _claimed(ledger, [(n, n) for n in range(10)])
        list(ledger.query("DROP TABLE spans"))
        list(ledger.query("DROP INDEX events_trouble"))
        list(ledger.query("CREATE INDEX events_scope ON events (scope)"))
        list(ledger.query("CREATE INDEX events_trouble ON events (outcome, id) WHERE outcome <> 1"))
        list(ledger.query("PRAGMA user_version = 1"))
    with Ledger(path) as ledger:
        assert len(list(read_log(ledger, connection="shop"))) == 10
        known, rows = _claimed(ledger, [(n, n) for n in range(20)])
        assert (known.keys(), len(rows)) == (set(range(10)), 10)
        assert len(list(read_log(ledger, connection="shop"))) == 20
