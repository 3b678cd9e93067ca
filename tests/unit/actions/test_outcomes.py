"""Outcomes that a delivery has numbered are like any others."""

import pickle
from datetime import UTC, datetime

import attrs
import pytest

from portcall import Outcome, Outcomes
from portcall.actions.outcomes import UNMENTIONED, listed
from portcall.delivery.alike import numbered

AT = datetime(2026, 5, 1, tzinfo=UTC)
KINDS = [Outcome.delivered(), Outcome.retry("later", AT), Outcome.rejected("no", "text")]


def test_numbered_outcomes_are_equal_to_those_made_by_hand():
    made = numbered(KINDS, [7, 3, 5])
    expected = [
        Outcome("delivered", 7),
        Outcome("retry", 3, "later", "", AT),
        Outcome("rejected", 5, "no", "text"),
    ]
    assert made == expected
    assert repr(made) == repr(expected)
    assert [*map(hash, made)] == [*map(hash, expected)]
    assert [each.index for each in KINDS] == [0, 0, 0]


def test_numbered_outcomes_are_frozen_and_can_be_copied():
    [made] = numbered([Outcome.delivered()], [4])
    assert type(made) is Outcome
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.kind = "skipped"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del made.kind
    assert attrs.evolve(made, index=5) == Outcome("delivered", 5)
    assert pickle.loads(pickle.dumps(made)) == made


def test_an_item_that_is_not_mentioned_is_uncertain_in_a_list_as_well():
    said = Outcomes({1: Outcome.delivered()})
    assert listed(said, 3) == [said[0], said[1], said[2]]
    assert listed(said, 3)[2] == Outcome.uncertain(UNMENTIONED)
