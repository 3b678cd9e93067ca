"""Rows that a program hands over as Arrow record batches."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from portcall.runs.inputs import RecordBatches


def entries(columns, event=""):
    batches = pa.table(columns).to_batches(max_chunksize=2)
    return [
        (entry.number, entry.event if entry.event is not None else entry.reason)
        for entry in RecordBatches("the table", batches, event).entries
    ]


def test_columns_are_the_members_of_the_event_as_those_of_a_file_are():
    at = datetime(2026, 5, 1, 10, tzinfo=UTC)
    columns = {
        "userId": ["u-1", None, "u-3"],
        "properties.total": [Decimal("12.50"), Decimal("0.1000000000000000000001"), None],
        "properties.at": [at, None, None],
    }
    assert entries(columns) == [
        (1, {"userId": "u-1", "properties": {"total": 12.5, "at": "2026-05-01T10:00:00Z"}}),
        (2, {"userId": None, "properties": {"total": "0.1000000000000000000001", "at": None}}),
        (3, {"userId": "u-3", "properties": {"total": None, "at": None}}),
    ]


@pytest.mark.parametrize(
    "column",
    [
        [{"userId": "u-1", "tags": ["a"]}],
        ['  {"userId": "u-1", "tags": ["a"]}\n'],
    ],
    ids=["struct", "text"],
)
def test_one_column_can_hold_the_event(column):
    assert entries({"event": column, "other": [1]}, "event") == [
        (1, {"userId": "u-1", "tags": ["a"]})
    ]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (["{"], "column 'event' is not JSON"),
        (["{} {}"], "column 'event' is not JSON"),
        (["[1]"], "column 'event' is not a JSON object"),
        ([None], "column 'event' is not a JSON object"),
        ([{"total": float("nan")}], "column 'event' cannot be sent: JSON has no value for nan"),
    ],
    ids=["half", "two", "array", "null", "nan"],
)
def test_a_row_without_an_event_is_told_and_takes_no_other_with_it(column, said):
    found = entries({"event": pa.array([*column, None]), "other": [1, 2]}, "event")
    assert len(found) == 2
    assert found[0] == (1, said)


def test_a_column_that_is_not_there_is_named():
    assert entries({"evnt": ["{}"]}, "event") == [(1, "there is no column 'event'")]


def test_every_number_is_that_of_its_row_over_all_batches():
    assert [number for number, _ in entries({"a": [1, 2, 3, 4, 5]})] == [1, 2, 3, 4, 5]
