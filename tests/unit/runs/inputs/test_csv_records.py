import json

import pytest

from portcall.runs.inputs import LONGEST_BYTES, InputError, open_input, to_line
from portcall.runs.inputs.event_lines import read


def _events(entries):
    return [(each.event, each.reason) for each in entries]


def test_a_header_says_where_cells_go_and_of_which_type(reading):
    content = (
        b"type,properties.total:number,properties.gift:boolean,tags:json,user.name\r\n"
        b'track,12.50,TRUE,"[""a"", 1]","Ada, ""the""\r\nfirst"\r\n'
        b"\r\n"
        b"page,,,,\r\n"
        b"short\r\n"
        b"track,7,false,null,\xc3\xa9"
    )
    first, second, third, fourth = reading(content, "events.csv")
    assert first.event == {
        "type": "track",
        "properties": {"total": 12.5, "gift": True},
        "tags": ["a", 1],
        "user": {"name": 'Ada, "the"\r\nfirst'},
    }
    assert json.loads(first.raw) == first.event
    assert (second.number, second.event) == (2, {"type": "page"})
    assert third.event == {"type": "short"}
    assert fourth.event["user"] == {"name": "é"}
    assert fourth.event["properties"] == {"total": 7, "gift": False}
    assert read(1, to_line(first.slim(), {"line": 1}).strip(), 0).event == first.event


def test_a_cell_that_is_not_of_its_type_is_a_bad_entry_that_names_the_column(reading):
    content = (
        b"a,n:number,b:boolean,j:json\n"
        b"1,x,,\n1,true,,\n1,1e999,,\n1,NaN,,\n1,,yes,\n1,,,{\n1,,,1e999\n1,2,true,{},5\n"
        b'"a"b,,,\n\xff,,,\n1,-2e3,,0\n'
    )
    entries = reading(content, "events.csv")
    assert [each.reason for each in entries] == [
        *["column 'n:number' is not a number"] * 4,
        "column 'b:boolean' is not true or false",
        "column 'j:json' is not JSON",
        "the record has a value that JSON cannot hold",
        "the record has 5 cells, and the header 4",
        "the record is not CSV: ',' expected after '\"'",
        "the record is not UTF-8",
        "",
    ]
    assert [each.number for each in entries] == list(range(1, 12))
    assert entries[0].raw == b'["1","x","",""]'
    assert entries[7].raw == b'["1","2","true","{}","5"]'
    assert entries[8].raw == b'"a"b,,,'
    assert entries[9].raw == b"\xff,,,"
    assert entries[10].event == {"a": "1", "n": -2000.0, "j": 0}
    again = read(1, to_line(entries[9], {"line": 1}).strip(), 0)
    assert again.raw == entries[9].raw


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_semicolons_and_tabs_are_known_by_the_header(reading, delimiter):
    content = f"\ufeffa{delimiter}b\nx{delimiter}y z\n".encode()
    assert _events(reading(content, "events.CSV")) == [({"a": "x", "b": "y z"}, "")]


def test_one_column_needs_no_delimiter(reading):
    assert _events(reading(b"\n\na\n1;2\n", format="csv")) == [({"a": "1;2"}, "")]
    assert reading(b"a,b\n", format="csv") == []


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("a,a", "two columns are called 'a'"),
        ("a:number,a", "two columns are called 'a'"),
        ("a,,b", "column 2"),
        ("a..b", "column 1"),
        ("a.b,a", "'a.b' would be inside of column 'a'"),
        ("a:json,a.b.c", "'a.b.c' would be inside of column 'a:json'"),
        ("a:nubmer", "did you mean 'a:number'?"),
        ('"a"b', "the header is not CSV"),
        ('"a', "the header is not CSV"),
    ],
)
def test_a_header_that_cannot_be_used_is_an_error_before_the_first_event(reading, header, said):
    with pytest.raises(InputError) as failed:
        reading(f"{header}\n1,2\n".encode(), "events.csv")
    assert said in str(failed.value)
    assert "events.csv" in str(failed.value)


def test_a_colon_that_begins_no_type_belongs_to_the_name(reading):
    assert _events(reading(b"xml:lang\nde\n", "a.csv")) == [({"xml:lang": "de"}, "")]


def test_large_cells_are_read_and_a_quote_left_open_is_found(reading, tmp_path):
    body = "x\n" * (LONGEST_BYTES // 2 - 50)
    entries = reading(f'a,b\n1,"{body}"\n2,y\n'.encode(), "a.csv")
    assert [each.event for each in entries] == [{"a": "1", "b": body}, {"a": "2", "b": "y"}]
    for rest, said in (
        (b'2,"x\n3,y\n', "left open in record 2"),
        (b'2,"x' * 4_000_000, "record 2"),
    ):
        path = tmp_path / "b.csv"
        path.write_bytes(b"a,b\n1,x\n" + rest)
        got = []
        with pytest.raises(InputError, match=said), open_input(str(path)) as opened:
            got.extend(opened)
        assert [each.event for each in got] == [{"a": "1", "b": "x"}]


def test_skipping_records_gives_their_checksum(tmp_path):
    path = tmp_path / "events.csv"
    path.write_bytes(b"a\n1\n\n2\n3\n")
    with open_input(str(path)) as opened:
        entries = list(opened)
    with open_input(str(path)) as opened:
        assert opened.skip(2) == entries[1].checksum
        assert list(opened) == entries[2:]


def test_the_first_line_may_say_what_stands_between_the_cells(reading):
    for first in (b"sep=;\r\n", b'"sep=;"\n', b"SEP=;\n"):
        assert _events(reading(first + b"a,b;c\n1;2\n", "events.csv")) == [
            ({"a,b": "1", "c": "2"}, "")
        ]
    assert _events(reading(b"sep=\t\na\tb\n1\t2\n", "events.csv")) == [({"a": "1", "b": "2"}, "")]


def test_a_file_named_tsv_has_tabs(reading):
    assert _events(reading(b"a,x\tb\n1;2\t3\n", "events.tsv")) == [({"a,x": "1;2", "b": "3"}, "")]
    assert _events(reading(b"a;x\n1\n", format="tsv")) == [({"a;x": "1"}, "")]


def test_the_delimiter_is_the_one_that_the_header_has_most_of_outside_of_quotes(reading):
    content = b'name;"price, EUR, gross, net";city\nAda;3;Paris\n'
    (entry,) = reading(content, "events.csv")
    assert entry.event == {"name": "Ada", "price, EUR, gross, net": "3", "city": "Paris"}


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12,50", 12.5),
        ("1.234,5", 1234.5),
        ("-0,5", -0.5),
        ("7", 7),
        ("1.5", 1.5),
        ("1,234", 1.234),
    ],
)
def test_a_comma_stands_before_the_fraction_where_semicolons_part_the_cells(reading, cell, number):
    (entry,) = reading(f"n:number;t\n{cell};{cell}\n".encode(), "events.csv")
    assert entry.event == {"n": number, "t": cell}


def test_a_decimal_mark_that_is_given_is_the_only_one(reading):
    content = b'n:number\n"1.234"\n"1,5"\n"12.5"\n'
    first, second, third = reading(content, "events.csv", decimal=",")
    assert (first.event, second.event) == ({"n": 1234}, {"n": 1.5})
    assert third.reason == "column 'n:number' is not a number"
    (entry,) = reading(b"n:number;m\n1,5;\n", "events.csv", decimal=".")
    assert entry.reason == "column 'n:number' is not a number"


def _again(entry):
    return read(1, to_line(entry, {"line": 1}).strip(), 0)


def test_a_bad_record_is_kept_as_an_object_that_can_be_corrected(reading):
    (entry,) = reading(b"type;user.age:number;price:number\ntrack;x;1,5\n", "events.csv")
    line = to_line(entry, {"line": 1})
    kept = json.loads(line)["_portcall"]
    assert kept["record"] == {"type": "track", "user.age:number": "x", "price:number": "1,5"}
    again = _again(entry)
    assert (again.event, again.reason) == (None, "column 'user.age:number' is not a number")
    assert _again(again).reason == again.reason
    for corrected in (b'"41"', b"41"):
        fixed = read(1, line.replace(b'"x"', corrected).strip(), 0)
        assert fixed.event == {"type": "track", "user": {"age": 41}, "price": 1.5}
        assert fixed.note == {"line": 1}


def test_cells_without_a_header_are_kept_apart(reading):
    (entry,) = reading(b"a,b\n1,2,3,4\n", "events.csv")
    assert json.loads(to_line(entry, {}))["_portcall"]["record"] == {
        "a": "1",
        "b": "2",
        "...": ["3", "4"],
    }
    assert "delete '...'" in _again(entry).reason
    fixed = read(1, to_line(entry, {}).replace(b',"...":["3","4"]', b"").strip(), 0)
    assert fixed.event == {"a": "1", "b": "2"}


def test_a_record_that_is_not_csv_or_no_text_is_kept_beside_its_header(reading):
    quote, latin = reading(b'a;n:number\n"x"y;1,5\nJos\xe9;2\n', "events.csv")
    line = to_line(quote, {})
    assert json.loads(line)["_portcall"] == {
        "header": ["a", "n:number"], "delimiter": ";", "decimal": ",.", "text": '"x"y;1,5',
    }  # fmt: skip
    assert _again(quote).reason == quote.reason
    fixed = read(1, line.replace(b'\\"x\\"y', b"xy").strip(), 0)
    assert fixed.event == {"a": "xy", "n": 1.5}
    line = to_line(latin, {})
    assert json.loads(line)["_portcall"]["base64"] == "Sm9z6Tsy"
    assert _again(latin).reason == "the line is not UTF-8"
    fixed = read(1, line.replace(b'"encoding":"utf-8"', b'"encoding":"windows-1252"').strip(), 0)
    assert fixed.event == {"a": "José", "n": 2}


def test_what_is_too_long_keeps_its_place(reading):
    long = b'{"a": "' + b"x" * LONGEST_BYTES + b'"}'
    _, line = reading(b'{"b": 1}\n' + long + b"\n", "events.ndjson")
    assert json.loads(to_line(line, {}))["_portcall"]["bytes"] == [9, 9 + len(long) + 1]
    _, item = reading(b'[{"b": 1}, ' + long + b"]", "events.json")
    assert json.loads(to_line(item, {}))["_portcall"]["characters"] == [11, 11 + len(long)]
    assert _again(line).reason == "the text is empty"
