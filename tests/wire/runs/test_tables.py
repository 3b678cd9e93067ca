"""Tables and packed files, delivered: each row once, also after a stop in the middle."""

import base64
import datetime as dt
import decimal
import io
import json
import sys
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from portcall import SettingsError, runs
from portcall.runs import InputError
from portcall.runs.inputs import InputOptions, open_input

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

UTC = dt.UTC
NAMES = [f"e{n}" for n in range(60)]
LINES = "".join(json.dumps({"type": "track", "event": name}) + "\n" for name in NAMES).encode()


def _table(names=NAMES):
    return pa.table({"type": ["track"] * len(names), "event": names})


def _parquet(path, names=NAMES):
    pa.parquet.write_table(_table(names), path, row_group_size=17)


def _arrow(path, names=NAMES):
    pa.feather.write_feather(_table(names), path, chunksize=17, compression="zstd")


def _stream(path, names=NAMES):
    with pa.ipc.new_stream(path, _table(names).schema) as writer:
        writer.write_table(_table(names), max_chunksize=17)


def _excel(path, names=NAMES):
    book = openpyxl.Workbook()
    book.active.append(["type", "event"])
    for name in names:
        book.active.append(["track", name])
    book.save(path)


def _zip(path, names=NAMES):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/", "")
        archive.writestr("__MACOSX/._events.csv", "x")
        archive.writestr("events.csv", "type,event\n" + "".join(f"track,{n}\n" for n in names))


def _zstd(path, names=NAMES):
    text = "type\tevent\n" + "".join(f"track\t{name}\n" for name in names)
    half = len(text) // 2
    path.write_bytes(zstd.compress(text[:half].encode()) + zstd.compress(text[half:].encode()))


KINDS = {
    "events.parquet": _parquet,
    "events.arrow": _arrow,
    "events.arrows": _stream,
    "events.xlsx": _excel,
    "events.zip": _zip,
    "events.tsv.zst": _zstd,
}


@pytest.fixture
def deliver(connection, tmp_path):
    def run(name, **given):
        given = {"connection": connection, "action": "one", "input": tmp_path / name, **given}
        return runs.start(**given)

    return run


@pytest.mark.parametrize("name", KINDS)
def test_a_run_over_a_table_that_is_stopped_sends_each_row_once(deliver, tmp_path, sent, name):
    KINDS[name](tmp_path / name)
    sent.delay_s = 0.005
    with deliver(name, workers=2) as first:
        while len(sent) < 25:
            first.wait(0.005)
    assert first.report.can_resume
    sent.delay_s = 0
    second = deliver(name)
    assert second.report.is_complete
    assert second.resumed_after >= 20
    assert sent == dict.fromkeys(NAMES, 1)
    assert deliver(name).is_done


@pytest.mark.parametrize("name", KINDS)
def test_a_table_that_has_changed_is_not_gone_on_with(deliver, tmp_path, sent, name):
    KINDS[name](tmp_path / name)
    sent.delay_s = 0.005
    with deliver(name, workers=2) as first:
        while len(sent) < 25:
            first.wait(0.005)
    KINDS[name](tmp_path / name, ["other", *NAMES[1:]])
    with pytest.raises(SettingsError, match="has changed"):
        deliver(name)


def _read(path, **options):
    with open_input(str(path), InputOptions(**options)) as opened:
        return list(opened)


def test_values_of_parquet_become_json_without_loss(tmp_path):
    when = dt.datetime.fromisoformat("2024-05-01T10:00:00.250000")
    columns = {
        "properties.total": pa.array([decimal.Decimal("12.50")], pa.decimal128(10, 2)),
        "properties.exact": pa.array([decimal.Decimal("0.1234567890123456789")], pa.decimal128(20, 19)),
        "big": pa.array([2**63 - 1], pa.int64()),
        "utc": pa.array([when.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")),
        "offset": pa.array([when.replace(tzinfo=UTC)], pa.timestamp("ms", "+02:00")),
        "local": pa.array([when], pa.timestamp("us")),
        "nanos": pa.array([1714557600123456789], pa.timestamp("ns", "UTC")),
        "day": pa.array([dt.date(2024, 5, 1)]),
        "time": pa.array([dt.time(10, 0, 5)]),
        "took": pa.array([dt.timedelta(seconds=90)]),
        "data": pa.array([b"\x00\xff"]),
        "none": pa.array([None], pa.string()),
        "list": pa.array([[1, None]]),
        "struct": pa.array([{"a": {"b": [dt.date(2024, 5, 1)]}}]),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
        "word": pa.array(["x"]).dictionary_encode(),
        "tags:json": pa.array(['["a", 1]']),
    }  # fmt: skip
    path = tmp_path / "values.parquet"
    pa.parquet.write_table(pa.table(columns), path)
    (entry,) = _read(path)
    assert entry.reason == ""
    assert entry.event == {
        "properties": {"total": 12.5, "exact": "0.1234567890123456789"},
        "big": 2**63 - 1,
        "utc": "2024-05-01T10:00:00.250000Z",
        "offset": "2024-05-01T12:00:00.250000+02:00",
        "local": "2024-05-01T10:00:00.250000",
        "nanos": "2024-05-01T10:00:00.123456789Z",
        "day": "2024-05-01",
        "time": "10:00:05",
        "took": 90,
        "data": base64.b64encode(b"\x00\xff").decode(),
        "none": None,
        "list": [1, None],
        "struct": {"a": {"b": ["2024-05-01"]}},
        "map": {"k": 1},
        "word": "x",
        "tags": ["a", 1],
    }


def test_a_value_that_json_has_not_is_one_bad_row_that_names_its_column(tmp_path):
    path = tmp_path / "values.parquet"
    table = {
        "n": [1.0, float("nan")],
        "m": pa.array([[], [("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64())),
    }
    pa.parquet.write_table(pa.table(table), path)
    good, bad = _read(path)
    assert good.event == {"n": 1.0, "m": {}}
    assert "column 'n' cannot be sent" in bad.reason
    assert bad.kept["record"]["n"] == "nan"


def test_values_of_a_sheet_become_json(tmp_path):
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["not this"])
    sheet = book.create_sheet("Orders")
    sheet.append([])
    sheet.append(["name", "properties.total", "on", "at", "vip", "zip:number"])
    sheet.append(
        ["Ada", 12.5, dt.date(2024, 5, 1), dt.datetime.fromisoformat("2024-05-01T10:00"), True, "7"]
    )
    sheet.append([])
    sheet.append(["Bob", 3, None, None, None, None])
    sheet.append(["#N/A"])
    sheet["A6"].data_type = "e"
    book.save(path)
    first, second, bad = _read(path, sheet="Orders")
    assert first.event == {
        "name": "Ada", "properties": {"total": 12.5}, "on": "2024-05-01", "at": "2024-05-01T10:00:00",
        "vip": True, "zip": 7,
    }  # fmt: skip
    assert (first.number, second.number, bad.number) == (3, 5, 6)
    assert second.event == {"name": "Bob", "properties": {"total": 3}}
    assert bad.reason == "column 'name' is the error #N/A"
    with pytest.raises(InputError, match="did you mean 'Orders'"):
        _read(path, sheet="orders")


def _broken(path, content):
    path.write_bytes(content)
    return path


def _two_files(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a")
        archive.writestr("b.csv", "b")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: _broken(path, b"PAR1" + b"\0" * 50), "the Parquet file cannot be read"),
        (lambda path: _broken(path, b"ARROW1\0\0" + b"\0" * 50), "the Arrow file cannot be read"),
        (lambda path: _broken(path, b"\x28\xb5\x2f\xfd\x00"), "the zstd file"),
        (lambda path: _broken(path, zstd.compress(LINES)[:-9]), "the zstd file"),
        (lambda path: _broken(path, b"PK\x03\x04" + b"\0" * 50), "the zip archive cannot be unpacked"),
        (_two_files, "holds 2 files ('a.csv', 'b.csv')"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused_before_anything_is_sent(deliver, tmp_path, sent, make, said):
    path = make(tmp_path / "events")
    with pytest.raises(InputError) as failed:
        deliver(path.name)
    assert said in str(failed.value)
    assert not sent


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("events.parquet", "pyarrow.parquet", "parquet"),
        ("events.arrow", "pyarrow", "parquet"),
        ("events.xlsx", "openpyxl", "excel"),
        ("events.tsv.zst", zstd.__name__, "zstd"),
    ],
)
def test_an_extra_that_is_missing_is_named_before_anything_is_sent(
    deliver, tmp_path, sent, monkeypatch, name, module, extra
):
    KINDS[name](tmp_path / name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as failed:
        deliver(name)
    assert f"pip install 'portcall[{extra}]'" in str(failed.value)
    assert not sent


def test_a_table_through_a_pipe_is_refused(tmp_path, monkeypatch):
    _parquet(tmp_path / "events.parquet")
    content = (tmp_path / "events.parquet").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(InputError, match="Parquet, which is read from a file only"):
        open_input("-")


def test_a_workbook_that_unpacks_to_very_much_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    _excel(path, [])
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings2.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(257):
            part.write(b" " * (1 << 20))
    with pytest.raises(InputError, match=r"unpacks to \d+ bytes"):
        _read(path)


def test_a_zstd_file_that_needs_too_much_memory_is_refused(tmp_path):
    path = tmp_path / "wide.ndjson.zst"
    path.write_bytes(_wide_frame())
    with pytest.raises(InputError, match="cannot be unpacked"):
        _read(path)


def _wide_frame():
    """A frame whose header asks for a window of 2 GiB (RFC 8878 §3.1.1.1.2)."""
    return b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([(31 - 10) << 3]) + b"\x01\x00\x00"
