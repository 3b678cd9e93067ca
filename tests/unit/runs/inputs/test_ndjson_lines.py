import zlib

from portcall.runs.inputs import LONGEST_BYTES, open_input


def test_each_line_is_an_event_and_what_is_none_says_why(reading):
    content = (
        b'{"a": 1}\n'
        b"\n"
        b"  \r\n"
        b'  {"a": "\xc3\xa9"}\r\n'
        b"nope\n"
        b'{"a": \xff}\n'
        b'{"a": NaN}\n'
        b"[1]\n"
        b'{"a": 1} x\n' + b"[" * 100_000 + b"\n"
        b'{"a": 2}'
    )
    entries = reading(content, "events.ndjson")
    assert [(each.number, each.event, each.reason) for each in entries] == [
        (1, {"a": 1}, ""),
        (4, {"a": "é"}, ""),
        (5, None, "the line is not JSON"),
        (6, None, "the line is not UTF-8"),
        (7, None, "the line has the value NaN, which is not JSON"),
        (8, None, "the line is not a JSON object"),
        (9, None, "the line is not JSON"),
        (10, None, "the line is nested too deeply"),
        (11, {"a": 2}, ""),
    ]
    assert entries[1].raw == b'{"a": "\xc3\xa9"}'
    assert entries[3].raw == b'{"a": \xff}'


def test_a_line_that_is_too_long_is_passed_over(reading):
    fits = b'{"a":"' + b"x" * (LONGEST_BYTES - 8) + b'"}'
    assert len(fits) == LONGEST_BYTES
    entries = reading(fits + b"\n " + fits + b"\n" + fits * 3 + b'\n{"b":1}\n' + fits + b" ")
    assert [(each.number, each.event is None, each.reason[:18]) for each in entries] == [
        (1, False, ""),
        (2, True, "the line is longer"),
        (3, True, "the line is longer"),
        (4, False, ""),
        (5, True, "the line is longer"),
    ]
    assert entries[2].raw == b""


def test_a_byte_order_mark_is_dropped_and_nothing_is_nothing(reading):
    assert [each.event for each in reading(b'\xef\xbb\xbf{"a":1}\n')] == [{"a": 1}]
    assert reading(b"\xef\xbb\xbf") == []
    for name in ("a.ndjson", "a.json", "a.csv", "a"):
        assert reading(b"", name) == []
        assert reading(b" \n \n", name) == []
    assert [each.reason for each in reading(b"\xef\xbb", "a")] == ["the line is not UTF-8"]


def test_checksums_run_over_every_entry_and_skip_gives_the_same(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_bytes(b'{"a":1}\n\n nope \n{"a":2}\r\n[]\n{"a":3}')
    with open_input(str(path)) as opened:
        entries = list(opened)
    checksum = 0
    for entry in entries:
        checksum = zlib.crc32(entry.raw, checksum)
        assert entry.checksum == checksum
        with open_input(str(path)) as opened:
            assert opened.skip(entry.number) == checksum
            assert list(opened) == [each for each in entries if each.number > entry.number]
    with open_input(str(path)) as opened:
        assert opened.skip(0) == 0
        assert next(iter(opened)).number == 1
        assert opened.skip(2) == entries[0].checksum
        assert next(iter(opened)).number == 3
        assert opened.skip(7) is None
