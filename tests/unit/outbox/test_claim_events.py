"""The events of a claim are the same, read with orjson and without."""

import json

import pytest

from portcall.delivery import quick_json
from portcall.outbox.claim_delivery import read_events


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}, {"id": 18446744073709551616, "n": 1.0}]',
        '[{"n": -0, "f": -0.0, "e": 1E5, "tiny": 1e-400, "huge": 1e400}]',
        '[{"text": "\\ud800 \u00e9"}, {"text": "\ud800"}]',
        '[{"a": 1, "a": 2}]',
        "[]",
    ],
)
def test_events_are_read_alike_with_orjson_and_without(text, monkeypatch):
    quick = list(read_events(text))
    monkeypatch.setattr(quick_json, "_quick", None)
    assert repr(quick) == repr(list(read_events(text)))


@pytest.mark.parametrize(
    "events",
    [
        [json.dumps({"n": number}) for number in range(200)],
        [*['{"a": 1,\n "b": [2,\n3]}'] * 70, '{"c":\n3}'],
        ['{"a": 1}'] * 70 + ['{"a": 1,\n "b": [2,\n3]}'],
        ['{"a": ",\\n"}', '{"b": 1}'],
        ["{}"],
    ],
    ids=["many", "a separator within each", "within the last", "an escaped one", "one"],
)
@pytest.mark.parametrize("separator", [",", ",\n"], ids=["comma", "line"])
def test_events_of_a_claim_are_all_read_whatever_stands_between_them(events, separator):
    data = f"[{separator.join(events)}]"
    assert list(read_events(data)) == list(map(json.loads, events))
