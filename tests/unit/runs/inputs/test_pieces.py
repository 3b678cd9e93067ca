import gzip
import io
import zlib
from functools import partial

import pytest

from portcall.runs.inputs import InputError
from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.json_documents import Array
from portcall.runs.inputs.packed.gunzip import Unpacked


class Slow(io.BytesIO):
    """Gives one byte at a time."""

    def readinto(self, buffer):
        return super().readinto(memoryview(buffer)[:1])


def test_a_character_may_be_split_between_reads():
    source = Source("slow", Slow('[{"a": "😀é\\"]"}, {"b": "€"}]'.encode()), lambda: False)
    entries = Array(io.BufferedReader(source), source).entries
    assert [each.event for each in entries] == [{"a": '😀é"]'}, {"b": "€"}]


def test_nothing_that_was_unpacked_is_held_back_where_the_archive_ends_too_early():
    content = gzip.compress(b'{"a":1}\n' * 500)
    for kept in range(1, len(content)):
        source = Source("cut", io.BytesIO(content[:kept]), lambda: False)
        pieces = []
        with pytest.raises(InputError, match="ends too early"):
            pieces.extend(iter(partial(Unpacked(source, source).read, 100), b""))
        text = b"".join(pieces)
        assert text == zlib.decompressobj(31).decompress(content[:kept])
