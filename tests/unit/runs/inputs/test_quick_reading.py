"""Events are the same, read with orjson and without."""

import json

import pytest
from hypothesis import given, strategies as st

from portcall.delivery import quick_json
from portcall.runs.inputs.event_lines import read

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def _both(raw):
    quick = read(1, raw, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick_json, "_quick", None)
        plain = read(1, raw, 0)
    return repr(quick), repr(plain)  # which tells 1 from 1.0 and True


@given(st.dictionaries(st.text(), _VALUES, max_size=4), st.booleans())
def test_an_event_is_read_alike_with_orjson_and_without(event, ascii_only):
    raw = json.dumps(event, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    quick, plain = _both(raw)
    assert quick == plain


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 18446744073709551616}',
        '{"id": -9223372036854775809, "n": 1}',
        '{"n": 1e400}',
        '{"n": -0, "f": -0.0, "e": 1E5, "tiny": 1e-400}',
        '{"n": 0.1234567890123456789012}',
        '{"n": NaN}',
        '{"a": 1, "a": 2}',
        '{"text": "\\ud800"}',
        '{"a": 1} {"b": 2}',
        '{"a": 1,}',
        '\ufeff{"a": 1}',
        '{"_portcall": {"text": "x"}}',
        '["no object"]',
        "7",
        "",
    ],
)
def test_what_two_parsers_may_take_differently_is_read_alike(text):
    quick, plain = _both(text.encode())
    assert quick == plain
