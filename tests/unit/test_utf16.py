"""Lengths of texts are those of JavaScript, and no character is cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from portcall.actions import utf16
from portcall.actions.fql import Subscription
from portcall.actions.mapping.authoring import path
from portcall.actions.mapping.compiler import compile_mapping

TEXTS = st.text(st.sampled_from("ab\u00e9\u20ac\ue000😀🎈"), max_size=6)


def places(text: str) -> list[str | None]:
    """Return what begins at each code unit, by the width of each character in UTF-16."""
    found: list[str | None] = []
    for character in text:
        found += [character] + [None] * (len(character.encode("utf-16-le")) // 2 - 1)
    return found


@given(text=TEXTS)
def test_every_place_of_a_text_holds_the_character_that_begins_there(text: str) -> None:
    expected = places(text)
    assert utf16.length(text) == len(expected)
    assert [utf16.character_at(text, place) for place in range(len(expected))] == expected
    assert utf16.character_at(text, -1) is utf16.character_at(text, len(expected)) is None


@given(text=TEXTS, start=st.integers(-8, 8), stop=st.integers(-8, 8))
def test_a_range_of_places_holds_the_characters_that_begin_there(
    text: str, start: int, stop: int
) -> None:
    expected = "".join([character or "" for character in places(text)[start:stop]])
    assert utf16.starting_in(text, start, stop) == expected


@given(text=TEXTS, most=st.integers(0, 8))
def test_what_fits_is_the_longest_start_that_cuts_no_character(text: str, most: int) -> None:
    starts = [text[:count] for count in range(len(text) + 1)]
    assert utf16.fitting(text, most) == max(each for each in starts if utf16.length(each) <= most)


def test_half_an_emoji_is_one_unit() -> None:
    assert utf16.length("a\ud83d") == 2
    assert [utf16.character_at("\ude00\ud83d", place) for place in (0, 1)] == ["\ude00", "\ud83d"]


@pytest.mark.parametrize("text", ["😀b", "abc", "é", "\ud83d", "👩‍👩‍👧"])
def test_filters_and_mappings_count_alike(text: str) -> None:
    event: dict[str, Any] = {"properties": {"x": text}}
    length = compile_mapping({"n": path("$.properties.x.length")})(event)["n"]
    assert length == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert Subscription.parse(f"properties.x.length = {length}").matches(event)
