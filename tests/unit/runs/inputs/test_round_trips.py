import gzip
import json
import os
import tempfile
from contextlib import contextmanager
from threading import Thread

from hypothesis import given, settings, strategies as st

from portcall.runs.inputs import InputOptions, open_input
from portcall.runs.inputs.json_window import ValueEnd

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FINITE | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
NAMES = st.text().filter(lambda name: name != "_portcall")
EVENTS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=8)
SPACE = st.text(" \t\r\n", max_size=4)
CUTS = st.lists(st.integers(1, 40), max_size=30)


@contextmanager
def _pipe(content, cuts):
    """Write in pieces of these sizes, the rest at once; the reader may get them one by one."""

    def write():
        rest = content
        for size in cuts:
            os.write(writing, rest[:size])
            rest = rest[size:]
        os.write(writing, rest)
        os.close(writing)

    reading, writing = os.pipe()
    thread = Thread(target=write)
    thread.start()
    yield f"/dev/fd/{reading}"
    thread.join()
    os.close(reading)


def _texts(data, events):
    for event in events:
        dumped = json.dumps(event, ensure_ascii=data.draw(st.booleans()))
        try:
            dumped.encode()
        except UnicodeEncodeError:
            dumped = json.dumps(event)
        yield dumped


def _lines(data, events):
    empty = st.sampled_from(["", "\n", " \r\n"])
    return "\n".join(data.draw(empty) + each for each in _texts(data, events))


def _array(data, events):
    def space():
        return data.draw(SPACE)

    items = ",".join(space() + each + space() for each in _texts(data, events))
    return f"{space()}[{items or space()}]{space()}"


def _documents(data, events):
    """The first line is not a whole document: else it would be a file of lines."""
    spread = (each.replace("{", "{\n", 1) for each in _texts(data, events))
    return "".join(data.draw(SPACE) + each for each in spread)


@settings(deadline=None, max_examples=200)
@given(st.data(), EVENTS, CUTS, st.sampled_from(["ndjson", None, "json", "documents"]))
def test_any_events_come_back_however_they_are_written_and_cut(data, events, cuts, kind):
    write = {"ndjson": _lines, None: _array, "json": _array, "documents": _documents}[kind]
    content = write(data, events).encode()
    if data.draw(st.booleans()):
        content = b"\xef\xbb\xbf" + content
    if data.draw(st.booleans()):
        middle = data.draw(st.integers(0, len(content)))
        content = gzip.compress(content[:middle]) + gzip.compress(content[middle:])
    form = "json" if kind == "documents" else kind
    with _pipe(content, cuts) as path, open_input(path, InputOptions(format=form)) as opened:
        assert [each.event for each in opened] == events


@given(VALUES.filter(lambda value: isinstance(value, str | list | dict)), SPACE, st.data())
def test_the_end_of_a_value_is_found_wherever_it_is_cut(value, space, data):
    text = json.dumps(value, ensure_ascii=False)
    whole = text + space + ', {"more'
    scan, at, end = ValueEnd(), 0, None
    while end is None:
        assert at < len(text)
        size = data.draw(st.integers(1, 5))
        end = scan.find(whole[at : at + size], 0)
        at += size if end is None else end
    assert at == len(text)


def test_files_are_read_the_same_as_pipes():
    content = b"".join(
        b'{"a": %d, "b": "%s"}\n' % (n, b"\xc3\xa9" * (n % 97)) for n in range(20_000)
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with open_input(file.name) as opened:
            whole = list(opened)
    with _pipe(content, [1, 2, 3, 70_000, 5]) as path, open_input(path) as opened:
        assert list(opened) == whole
    array = b"[" + b",".join(content.splitlines()) + b"]"
    with _pipe(array, [1, 2, 3, 70_000, 5]) as path, open_input(path) as opened:
        assert [(each.event, each.raw) for each in opened] == [(e.event, e.raw) for e in whole]
