import gzip
import io
import os
import signal
from time import monotonic

import pytest

from portcall.runs.inputs import InputError, InputOptions, open_input


def _line(process):
    return process.stdout.readline().decode().rstrip("\n")


def _write(process, content):
    process.stdin.write(content)
    process.stdin.flush()


@pytest.mark.parametrize(
    ("kind", "before", "pieces"),
    [
        ("", b"", [b'{"a": 1}\n', b'{"a": 2}\n']),
        ("", b"[", [b'{"a": 1}', b',{"a": 2}']),
        ("json", b"", [b'{"a"\n: 1}', b'{"a": 2}']),
        ("csv", b"a:number\n", [b"1\n", b"2\n"]),
    ],
)
def test_what_is_written_to_a_pipe_is_given_at_once(piped, kind, before, pieces):
    process = piped(kind)
    _write(process, before)
    for number, piece in enumerate(pieces, 1):
        _write(process, piece)  # nothing more comes until it was given
        assert _line(process).startswith(f"{number} {{'a': {number}}}")


def test_nobody_waits_for_more_than_the_first_line_has(piped):
    process = piped()
    _write(process, b"7\n")
    assert _line(process) == "1 None the line is not a JSON object b'7'"


def test_what_was_flushed_into_a_packed_pipe_is_given_at_once(piped):
    process = piped()
    with gzip.GzipFile(fileobj=process.stdin, mode="wb") as packed:
        for number in (1, 2):
            packed.write(b'{"a": %d}\n' % number)
            packed.flush()
            process.stdin.flush()
            assert _line(process).startswith(f"{number} {{'a': {number}}}")
    process.stdin.close()
    assert _line(process) == "end"


def test_bytes_that_come_one_by_one_are_put_together(piped):
    process = piped()
    for byte in b'\xef\xbb\xbf [ {"a": "\xf0\x9f\x98\x80\\""}, 17 ]':
        _write(process, bytes([byte]))
    process.stdin.close()
    assert _line(process).startswith("1 {'a': '😀\"'}")
    assert _line(process).startswith("2 None the item is not a JSON object b'17'")
    assert _line(process) == "end"


@pytest.mark.parametrize(
    ("kind", "content", "cut"),
    [
        ("", b'{"a": 1}\n{"a": 2}', "2 None the input was cut off here b'{\"a\": 2}'"),
        ("", b'[{"a": 1}, {"a"', "2 None the input was cut off here b'{\"a\"'"),
        ("", b'[{"a": 1}, 12', "2 None the input was cut off here b'12'"),
        ("", b'[{"a": 1},', "end"),
        ("csv", b"a:number\n1\n2", "2 None the input was cut off here b'2'"),
        ("csv", b'a:number\n1\n"2\n', "2 None the input was cut off here b'\"2'"),
        ("", b'{"a": 1}\n', "end"),
    ],
)
def test_a_stop_ends_the_waiting_and_keeps_what_had_come(piped, kind, content, cut):
    process = piped(kind)
    _write(process, content)
    assert _line(process).startswith("1 {'a': 1}")
    began = monotonic()
    os.kill(process.pid, signal.SIGINT)  # the pipe stays open
    assert _line(process) == cut
    if cut != "end":
        assert _line(process) == "end"
    assert process.wait(20) == 0
    assert monotonic() - began < 10


def test_a_stop_ends_a_packed_pipe_without_complaint(piped):
    process = piped()
    packed = gzip.compress(b'{"a": 1}\n' * 10)
    _write(process, packed[:-4])
    for _ in range(10):
        _line(process)
    os.kill(process.pid, signal.SIGINT)
    assert _line(process) == "end"


def test_a_stop_in_the_middle_of_a_header_gives_no_event(piped):
    process = piped("csv")
    _write(process, b"a,")
    os.kill(process.pid, signal.SIGINT)
    assert _line(process) == "end"


def test_a_pipe_that_never_pauses_ends_as_well():
    reading, writing = os.pipe()
    os.write(writing, b'{"a": 1}\n{"a": 2}\n')
    asked = []
    with open_input(f"/dev/fd/{reading}", stopped=lambda: bool(asked)) as opened:
        entries = iter(opened)
        assert next(entries).event == {"a": 1}
        asked.append(1)
        os.write(writing, b'{"a": 3}\n' * 1000)
        assert [each.event for each in entries] == [{"a": 2}]
        assert opened.total is None
    os.close(reading)
    os.close(writing)


def test_a_terminal_gives_what_was_typed():
    import pty

    mine, theirs = pty.openpty()
    os.write(mine, b'{"a": 1}\n')
    with open_input(os.ttyname(theirs), InputOptions(format="ndjson")) as opened:
        assert next(iter(opened)).event == {"a": 1}
        os.write(mine, b"\x04")
        assert list(opened) == []
    os.close(mine)
    os.close(theirs)


def test_a_regular_file_is_not_cut_by_a_stop(reading):
    assert len(reading(b'{"a": 1}\n{"a": 2}', stopped=lambda: True)) == 2


def test_a_file_that_is_not_there_has_a_near_name(tmp_path):
    (tmp_path / "events.ndjson").write_bytes(b"")
    with pytest.raises(InputError, match="No such file.*did you mean '.*events.ndjson'"):
        open_input(str(tmp_path / "event.ndjson"))
    for path in (tmp_path, tmp_path / "a" / "b"):
        with pytest.raises(InputError, match=str(path)):
            open_input(str(path))
    with pytest.raises(InputError):
        open_input("a\0b")


def test_a_format_that_is_none_has_a_near_name(tmp_path):
    with pytest.raises(InputError, match="did you mean 'ndjson'"):
        open_input("-", InputOptions(format="ndjsn"))
    with pytest.raises(InputError, match="choose one of ndjson, jsonl, json, csv"):
        open_input("-", InputOptions(format="xml"))


def test_standard_input_may_be_no_descriptor_and_is_left_open(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(b'{"a": 1}\n'))
    monkeypatch.setattr("sys.stdin", stream)
    with open_input("-", stopped=lambda: True) as opened:
        assert (opened.name, opened.total) == ("<stdin>", None)
        assert [each.event for each in opened] == [{"a": 1}]
    assert not stream.closed
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="no standard input; name a file"):
        open_input("-")
