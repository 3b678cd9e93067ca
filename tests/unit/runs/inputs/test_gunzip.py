import gzip
import random
import zlib

import pytest

from portcall.runs.inputs import InputError, open_input

LINES = [b'{"a": %d, "b": "%032x"}\n' % (n, random.Random(n).getrandbits(128)) for n in range(5000)]


def _until_error(tmp_path, content):
    path = tmp_path / "events.gz"
    path.write_bytes(content)
    got = []
    with pytest.raises(InputError) as failed, open_input(str(path)) as opened:
        got.extend(opened)
    assert str(path) in str(failed.value)
    return got, str(failed.value)


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.jsonl", "a", "a.json.gz"])
def test_gzip_is_known_by_its_first_bytes(reading, name):
    entries = reading(gzip.compress(b"\xef\xbb\xbf" + b"".join(LINES)), name)
    assert [each.event["a"] for each in entries] == list(range(5000))


def test_the_extension_below_gz_says_the_format(reading):
    assert [each.event for each in reading(gzip.compress(b"a\n1\n"), "a.csv.gz")] == [{"a": "1"}]
    assert [each.event for each in reading(b"a\n1\n", "a.csv.gz")] == [{"a": "1"}]


def test_an_archive_may_have_many_members_and_padding(reading):
    content = b"".join(gzip.compress(each) for each in LINES)
    padded = gzip.compress(LINES[0]) + b"\0" * 100_000 + gzip.compress(LINES[1]) + b"\0" * 7
    assert len(reading(content)) == 5000
    assert len(reading(padded)) == 2
    assert len(reading(gzip.compress(b"") + gzip.compress(LINES[0]))) == 1


@pytest.mark.parametrize("kept", [3, 1000, 100_000, -8, -1])
def test_an_archive_that_ends_too_early_gives_all_it_has_first(tmp_path, kept):
    content = gzip.compress(b"".join(LINES))[:kept]
    got, message = _until_error(tmp_path, content)
    whole = zlib.decompressobj(31).decompress(content).count(b"\n")
    assert [each.event["a"] for each in got] == list(range(whole))
    assert "ends too early" in message
    assert f"near byte {len(content)}" in message


def test_damage_ends_the_input_behind_all_that_is_before_it(tmp_path):
    content = bytearray(gzip.compress(b"".join(LINES[:2500])))
    content[-6] ^= 0xFF  # the length of the text, after the text
    got, message = _until_error(tmp_path, bytes(content) + gzip.compress(LINES[0]))
    assert [each.event["a"] for each in got] == list(range(2500))
    assert "is damaged" in message
    got, message = _until_error(tmp_path, gzip.compress(b"".join(LINES)) + b"rubbish")
    assert len(got) == 5000
    assert "has data after its end" in message
    block = zlib.compressobj(wbits=31)
    start = block.compress(b"".join(LINES)) + block.flush(zlib.Z_FULL_FLUSH)
    got, _ = _until_error(tmp_path, start + b"\x07" * 50)  # no such type of block
    assert len(got) == 5000


def test_what_unpacks_to_very_much_is_given_piece_by_piece(tmp_path):
    path = tmp_path / "zeros.gz"
    path.write_bytes(gzip.compress(b'{"a":1}\n' + b" " * 50_000_000 + b'\n{"a":2}\n'))
    with open_input(str(path)) as opened:
        assert [each.number for each in opened] == [1, 2, 3]
        assert opened.consumed() == opened.total < 100_000
