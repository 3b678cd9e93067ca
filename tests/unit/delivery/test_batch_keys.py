"""Two items share a batch exactly if the JSON of their key fields is equal."""

from __future__ import annotations

import json
from typing import Any

import attrs
from hypothesis import given, settings, strategies as st

from portcall import Secret
from portcall.delivery.batch_keys import comparable

SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 0.5, "", "1", "true", "a"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "1"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@settings(max_examples=2000)
@given(one=VALUES, other=VALUES)
def test_values_agree_exactly_if_their_json_is_equal(one: Any, other: Any) -> None:
    agree = comparable(one) == comparable(other)
    assert agree == (as_json(one) == as_json(other))
    if agree:
        assert hash(comparable(one)) == hash(comparable(other))


@given(value=VALUES)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    def turned(each: Any) -> Any:
        if isinstance(each, dict):
            return {key: turned(item) for key, item in reversed(each.items())}
        return [turned(item) for item in each] if isinstance(each, list) else each

    assert comparable(value) == comparable(turned(value))


def test_objects_of_a_class_agree_field_by_field() -> None:
    @attrs.define
    class Place:
        id: Any

    assert comparable(Place({"a": 1, "b": 2})) == comparable(Place({"b": 2, "a": 1}))
    assert len({comparable(Place(each)) for each in (1, 1.0, True, "1")}) == 4


def test_secrets_agree_by_their_text() -> None:
    assert comparable(Secret("a")) == comparable(Secret("a")) != comparable(Secret("b"))
