import json

import pytest

from portcall.runs.inputs import LONGEST_BYTES, InputError, open_input


def _until_error(tmp_path, content, name="events.json"):
    path = tmp_path / name
    path.write_bytes(content)
    got = []
    with pytest.raises(InputError) as failed, open_input(str(path)) as opened:
        got.extend(opened)
    assert str(path) in str(failed.value)
    assert "everything before was read" in str(failed.value)
    return got, str(failed.value)


def test_the_items_of_an_array_are_events(reading):
    content = (
        b' [ {"a": 1} ,\n{"a": "\xf0\x9f\x98\x80]"}, 7, "x", [1, "]"], null, {"a": NaN}, '
        b'{"a": "\xff"}, {}]\n'
    )
    entries = reading(content)
    assert [(each.number, each.event, each.reason) for each in entries] == [
        (1, {"a": 1}, ""),
        (2, {"a": "😀]"}, ""),
        (3, None, "the item is not a JSON object"),
        (4, None, "the item is not a JSON object"),
        (5, None, "the item is not a JSON object"),
        (6, None, "the item is not a JSON object"),
        (7, None, "the item has the value NaN, which is not JSON"),
        (8, None, "the item is not UTF-8"),
        (9, {}, ""),
    ]
    assert entries[1].raw == b'{"a": "\xf0\x9f\x98\x80]"}'
    assert entries[7].raw == b'{"a": "\xff"}'
    assert reading(b"[]") == []
    assert reading(b" [ ] \n") == []


def test_an_item_that_cannot_be_read_but_has_an_end_does_not_end_the_input(reading):
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    digits = b'{"a":' + b"1" * 5000 + b"}"
    huge = b'{"a":"' + b"x" * (LONGEST_BYTES * 2) + b'"}'
    entries = reading(b"[" + b",".join([deep, digits, huge, b'{"b":1}']) + b"]")
    assert [each.reason for each in entries] == [
        "the item is nested too deeply",
        "the item has a number of more than 4,300 digits",
        f"the item is longer than {LONGEST_BYTES} bytes",
        "",
    ]
    assert entries[0].raw == deep


def test_an_item_of_8_mib_is_an_event(reading):
    body = "é" * (LONGEST_BYTES // 2 - 4)
    item = f'{{"a":"{body}"}}'.encode()
    assert len(item) == LONGEST_BYTES
    small, large, last = reading(b'[{"b":1},' + item + b',{"b":2}]')
    assert (small.event, large.event, last.event) == ({"b": 1}, {"a": body}, {"b": 2})
    (too_large,) = reading(b"[" + item.replace(b"a", b"ab") + b"]")
    assert "longer" in too_large.reason


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (b'{"a":2', "ends in the middle, at character 15"),
        (b'{"a":"', "ends in the middle"),
        (b"", "ends in the middle"),
        (b'{"a":nope}]', "near character 14: expecting value"),
        (b"nope]", "near character 9: expecting value"),
        (b"]", "near character 9"),
        (b",", "near character 9"),
        (b"1.]", "near character 10"),
    ],
)
def test_what_is_malformed_ends_an_array_behind_what_was_read(tmp_path, rest, said):
    got, message = _until_error(tmp_path, b'[{"a":1},' + rest)
    assert [each.event for each in got] == [{"a": 1}]
    assert said in message


@pytest.mark.parametrize(
    "content", [b'[{"a":1} {"a":2}]', b'[{"a":1}', b'[{"a":1}] x', b'[{"a":1}}']
)
def test_what_does_not_belong_between_items_ends_the_input(tmp_path, content):
    got, _ = _until_error(tmp_path, content)
    assert [each.event for each in got] == [{"a": 1}]


def test_documents_may_be_spread_over_lines_or_be_one_a_line(reading, tmp_path):
    events = [{"a": 1, "b": [{"c": "}"}]}, {"a": 2}]
    spread = "\n".join(json.dumps(each, indent=2) for each in events).encode()
    assert [each.event for each in reading(spread, "events.json")] == events
    assert [each.number for each in reading(spread, "events.json")] == [1, 2]
    assert [each.event for each in reading(spread, "events", format="json")] == events
    assert [each.event for each in reading(b'{"a":1}', "events.json")] == [{"a": 1}]
    lines = b'{"a":1}\nnope\n{"a":2}\n'
    assert [each.event for each in reading(lines, "events.json")] == [{"a": 1}, None, {"a": 2}]
    assert [each.reason for each in reading(b"12", "a.json")] == ["the item is not a JSON object"]
    got, _ = _until_error(tmp_path, spread + b"\n{")
    assert [each.event for each in got] == events


def test_skipping_items_gives_their_checksum(tmp_path):
    path = tmp_path / "events.json"
    path.write_bytes(b'[{"a":1}, 5, {"a":2}]')
    with open_input(str(path)) as opened:
        entries = list(opened)
    with open_input(str(path)) as opened:
        assert opened.skip(2) == entries[1].checksum
        assert list(opened) == entries[2:]
        assert opened.skip(4) is None
