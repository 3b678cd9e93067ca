"""Events of which a killed run has left open whether they were delivered."""

import json

import pytest

from portcall import runs
from portcall.runs.inputs import Entry
from portcall.runs.journal_file import JournalFile


@pytest.fixture
def killed(connection, events, sent, tmp_path):
    """Leave the journal of a run that was killed while e1 was being sent, once or twice."""

    def leave(action, times=1):
        path = events(4)
        given = {"connection": connection, "action": action, "input": path}
        first = runs.start(**given).report
        assert first.is_complete
        journal = JournalFile.read(first.journal)
        sent.clear()
        journal.of(action).end(Entry(0, None), Entry(0, None))
        journal.open()
        for _ in range(times):
            journal.begin(action, [2], 0)
        journal.close()
        return given

    return leave


def test_an_event_in_doubt_is_sent_again_where_repeats_are_harmless(killed, sent):
    report = _resumed(killed("put"))
    assert (report.delivered, report.resent, report.uncertain) == (4, 1, 0)
    assert sent == {f"e{n}": 1 for n in range(4)}


def test_an_event_in_doubt_is_sent_again_once(killed, sent):
    report = _resumed(killed("put", times=2))
    assert (report.delivered, report.resent, report.uncertain) == (3, 0, 1)
    assert "e1" not in sent


def test_an_event_in_doubt_is_left_to_a_person_where_repeats_may_do_harm(killed, sent):
    report = _resumed(killed("one"))
    assert (report.delivered, report.resent, report.uncertain) == (3, 0, 1)
    assert "e1" not in sent
    lines = report.dead_letters["uncertain"].read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["e1"]


def _resumed(given):
    return runs.start(**given).report
