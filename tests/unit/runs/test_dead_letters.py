"""Files of dead letters that a long run writes into, and a person changes meanwhile."""

import json

import pytest

from portcall.runs.dead_letters import DeadLetters
from portcall.runs.inputs import Entry
from portcall.runs.kept_events import drop, take_out


def _removed(path):
    path.unlink()


def _dropped(path):
    drop(path, lambda event: event.place == 1)


def _taken_out(path):
    take_out(path, lambda event: event.place == 1)


@pytest.mark.parametrize("change", [_removed, _dropped, _taken_out])
def test_what_is_written_after_a_file_was_changed_by_hand_is_not_lost(tmp_path, change):
    letters = DeadLetters(tmp_path, "shop-track", "word")

    def write(number):
        event = json.dumps({"event": f"e{number}"}).encode()
        letters.write("rejected", Entry(number, None, "", event), {"line": number})

    write(1)
    write(2)
    change(letters.paths["rejected"])
    write(3)
    letters.close()
    kept = [
        json.loads(line)["event"]
        for path in tmp_path.glob("*.rejected*.ndjson")
        for line in path.read_text().splitlines()
    ]
    assert "e3" in kept
    assert len(kept) == len(set(kept))
    assert "e2" in kept or change is _removed
