import json

import pytest
from hypothesis import given, strategies as st

from portcall.runs.inputs import Entry, open_input, to_line
from portcall.runs.inputs.event_lines import read

ABOUT = {"line": 7, "outcome": "rejected", "reason": "the address is not one"}
_FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | _FINITE
OBJECTS = st.dictionaries(
    st.text() | st.just("_portcall"),
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
).filter(lambda event: not isinstance(event.get("_portcall"), dict))


def _read(line):
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    return read(1, line.strip(), 0)


def test_the_event_follows_the_note_as_compact_json():
    line = to_line(Entry(7, {"type": "track", "name": "José"}), ABOUT)
    assert line.decode() == (
        '{"_portcall":{"line":7,"outcome":"rejected","reason":"the address is not one"},'
        '"type":"track","name":"José"}\n'
    )
    entry = _read(line)
    assert (entry.event, entry.note) == ({"type": "track", "name": "José"}, ABOUT)


def test_what_is_no_event_is_a_text_that_can_be_corrected():
    line = to_line(Entry(7, None, "the line is not JSON", b'{"a": 1'), ABOUT)
    assert json.loads(line) == {"_portcall": {**ABOUT, "text": '{"a": 1'}}
    again = _read(line)
    assert (again.event, again.reason, again.raw) == (None, "the line is not JSON", b'{"a": 1')
    assert again.note == ABOUT
    corrected = _read(line.replace(b'": 1"', b'": 1}"'))
    assert (corrected.event, corrected.reason, corrected.note) == ({"a": 1}, "", ABOUT)


def test_a_line_that_failed_twice_is_wrapped_once():
    line = to_line(_read(to_line(Entry(7, None, "no", b"nope"), ABOUT)), {"line": 1})
    assert json.loads(line) == {"_portcall": {"line": 1, "text": "nope"}}


def test_a_text_that_is_empty_is_not_lost_silently():
    line = to_line(Entry(7, None, "the line is longer than 8388608 bytes"), ABOUT)
    entry = _read(line)
    assert (entry.event, entry.reason) == (None, "the text is empty")
    assert _read(b'{"_portcall": {"text": "\\ud800"}}\n').reason == "the text is not UTF-8"


def test_a_member_of_that_name_which_is_no_note_stays_in_the_event():
    assert _read(b'{"_portcall": 5, "a": 1}\n').event == {"_portcall": 5, "a": 1}
    assert _read(b'{"_portcall": {"text": 5}}\n').event == {}
    entry = _read(b'{"_portcall": {"text": "x"}, "a": 1}\n')
    assert (entry.event, entry.note) == ({"a": 1}, {"text": "x"})


@given(st.binary())
def test_any_bytes_survive(raw):
    again = _read(to_line(Entry(1, None, "no", raw), {"line": 1, "text": "not this"}))
    assert again.note == {"line": 1}
    if again.event is None:
        assert again.raw.strip() == raw.strip()
    else:
        assert again.event == json.loads(raw)


@given(OBJECTS, st.dictionaries(st.text(), SCALARS))
def test_any_event_survives_slim_or_not(event, about):
    entry = Entry(3, event, "", json.dumps(event).encode())
    reserved = {"text", "base64", "record"}  # what the line itself is kept in
    kept = {name: value for name, value in about.items() if name not in reserved}
    for each in (entry, Entry(3, event)):
        again = _read(to_line(each, about))
        assert (again.event, again.note, again.reason) == (event, kept, "")
    whole = read(3, entry.raw, 0)
    again = _read(to_line(whole.slim(), about))
    assert (again.event, again.note, again.reason) == (whole.event, kept, "")


def test_slim_forgets_the_event_only():
    entry = Entry(3, {"a": 1}, "", b'{"a":1}', 9, {"line": 4})
    assert entry.slim() == Entry(3, None, "", b'{"a":1}', 9, {"line": 4})
    assert json.loads(to_line(entry.slim(), {"line": 3})) == {"_portcall": {"line": 3}, "a": 1}


def test_a_number_that_only_its_text_can_hold_is_kept_as_text():
    entry = read(1, b'{"a": 1e999}', 0)
    again = _read(to_line(entry, ABOUT))
    assert again.event == entry.event
    assert again.note == ABOUT
    assert again.raw == b'{"a": 1e999}'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", b'{"_portcall": {"line": 7}, "a": 1}'),
        ("a.json", b'[{"_portcall": {"line": 7}, "a": 1}]'),
        ("a.csv", b"_portcall.line:number,a:number\n7,1\n"),
        ("a.json", b'[{"_portcall": {"line": 7, "text": "{\\"a\\": 1}"}}]'),
    ],
)
def test_a_note_is_taken_out_in_every_format(reading, name, content):
    (entry,) = reading(content, name)
    assert (entry.event, entry.note) == ({"a": 1}, {"line": 7})


def test_what_was_not_delivered_can_be_read_as_a_file(tmp_path):
    path = tmp_path / "events.ndjson"
    bad = b'{"name": "Jos\xe9"}'
    path.write_bytes(b'{"a": 1}\n' + bad + b"\n")
    with open_input(str(path)) as opened:
        lines = [to_line(each.slim(), {"line": each.number}) for each in opened]
    path.write_bytes(b"".join(lines))
    with open_input(str(path)) as opened:
        first, second = opened
    assert (first.event, first.note) == ({"a": 1}, {"line": 1})
    assert (second.raw, second.reason) == (bad, "the line is not UTF-8")
