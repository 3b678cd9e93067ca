import json
import os
import threading

import pytest

from portcall.runs.inputs import InputError, InputOptions, check_input, open_input
from portcall.runs.inputs.encodings import likely_encoding

CUSTOMERS = "name;city\nJosé;Cádiz\nFrançoise;Orléans\nJürgen;Köln\n"
NAMES = ["José", "Françoise", "Jürgen"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_names_the_encoding(reading, encoding):
    entries = reading(CUSTOMERS.encode(encoding), "customers.csv")
    assert [each.event["name"] for each in entries] == NAMES


@pytest.mark.parametrize("encoding", ["windows-1252", "Latin_1", "cp850", "UTF-16-BE", "utf_16_le"])
def test_an_encoding_that_is_named_is_read(reading, encoding):
    entries = reading(CUSTOMERS.encode(encoding), "customers.csv", encoding=encoding)
    assert [each.event["name"] for each in entries] == NAMES
    line = json.dumps({"name": "Žižka"}, ensure_ascii=False) + "\n"
    assert reading(line.encode("cp1250"), encoding="cp1250")[0].event == {"name": "Žižka"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("José;Cádiz\nFrançoise;Orléans\n", "windows-1252"),
        (
            "\u0414\u043c\u0438\u0442\u0440\u0438\u0439;\u041c\u043e\u0441\u043a\u0432\u0430\n",
            "windows-1251",
        ),
        ("やまだ たろう;とうきょう\nスズキ;オオサカ\n", "shift_jis"),
        ("やまだ たろう;とうきょう\nスズキ;オオサカ\n", "euc-jp"),
        ("김민수;서울\n이영희;부산\n", "euc-kr"),
        ("王小明;北京\n李雷;上海\n", "gb18030"),
    ],
)
def test_the_encoding_of_a_text_is_guessed_by_its_letters(text, encoding):
    assert likely_encoding((text * 3).encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CUSTOMERS.encode("cp1252"), "line 2 is not UTF-8; it looks like windows-1252"),
        (b"a\n" * 300_000 + b"\xe9\n", "line 300001 is not UTF-8"),
        (b"a" * (256 << 10) + b"\nJos\xe9", "line 2 is not UTF-8"),
        ("é".encode() * 200_000 + b"\xc3", "line 1 is not UTF-8"),
        (CUSTOMERS.encode("utf-16-le"), "looks like utf-16-le: give encoding='utf-16-le'"),
        (CUSTOMERS.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_a_file_that_is_not_utf_8_anywhere_is_refused_with_the_encoding(tmp_path, content, said):
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as failed:
        check_input(str(path))
    assert said in str(failed.value)
    assert "customers.csv" in str(failed.value)


def test_a_file_whose_encoding_is_said_to_be_utf_8_may_have_other_lines(tmp_path, reading):
    path = tmp_path / "events.ndjson"
    content = b'{"a": 1}\n{"a": "\xe9"}\n{"a": 3}\n'
    path.write_bytes(content)
    check_input(str(path), InputOptions(encoding="UTF8"))
    entries = reading(content, encoding="UTF8")
    assert [each.reason for each in entries] == ["", "the line is not UTF-8", ""]


def test_what_is_not_of_the_encoding_that_was_named_is_refused(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_bytes(b'{"a": 1}\n{"a": "\x81"}\n')
    with pytest.raises(InputError, match="not cp1252 near byte 16"):
        check_input(str(path), InputOptions(encoding="cp1252"))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("windows-1253x", "did you mean"),
        ("base64", "not an encoding of text"),
        ("zz", "usual ones"),
    ],
)
def test_an_encoding_that_there_is_not_is_refused(encoding, said):
    with pytest.raises(InputError, match=said):
        open_input("-", InputOptions(encoding=encoding))


def test_of_a_pipe_what_has_come_is_checked_before_the_first_event_is_given():
    reading, writing = os.pipe()
    thread = threading.Thread(
        target=lambda: (os.write(writing, CUSTOMERS.encode("cp1252")), os.close(writing))
    )
    thread.start()
    with pytest.raises(InputError, match="windows-1252"):
        open_input(f"/dev/fd/{reading}", InputOptions(format="csv"))
    thread.join()
    os.close(reading)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900, "save it as .xlsx or as CSV"),
        (b"BZh91AY&SY", "bunzip2"),
        (b"\xfd7zXZ\x00", "unxz"),
        (b"Obj\x01\x04", "Avro"),
        (b"%PDF-1.7", "PDF"),
        (b"x" * 257 + b"ustar", "tar -xf"),
        (b"\n<!DOCTYPE html><title>Sign in</title>", "login or error page"),
        (b"\x01\0\x02\0\0\0\x7f", "binary"),
    ],
)
def test_what_is_no_text_is_refused_as_what_it_is(reading, content, said):
    with pytest.raises(InputError) as failed:
        reading(content, "events.ndjson")
    assert said in str(failed.value)
