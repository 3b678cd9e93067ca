"""The events of a claim are the same, read with orjson and without."""

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
    quick = read_events(text)
    monkeypatch.setattr(quick_json, "_quick", None)
    assert repr(quick) == repr(read_events(text))
