"""The object that a destination keeps."""

from __future__ import annotations

import copy
import pickle

import attrs
import pytest

from portcall.actions.fql import Equals, Path, Subscription
from portcall.errors import SubscriptionError

TEXT = "type=track"


def test_a_subscription_knows_its_text_its_condition_and_its_events():
    subscription = Subscription.parse(TEXT)
    assert subscription.text == TEXT
    assert subscription.condition == Equals(Path(("type",)), "track")
    assert str(subscription) == 'type = "track"'
    assert subscription.matches({"type": "track"}) is True
    assert subscription.matches({"type": "page"}) is False


def test_a_subscription_that_does_not_parse_is_never_made():
    with pytest.raises(SubscriptionError):
        Subscription.parse("type =")
    with pytest.raises(SubscriptionError):
        Subscription("type =")


def test_subscriptions_that_ask_the_same_are_equal():
    same = {Subscription.parse(TEXT), Subscription.parse(' type = "track"')}
    assert len(same) == 1
    assert Subscription.parse(TEXT) != Subscription.parse("type = page")


def test_a_subscription_cannot_be_changed():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Subscription.parse(TEXT).text = "type = page"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_a_subscription_travels_to_another_process(again):
    subscription = again(Subscription.parse(TEXT))
    assert subscription == Subscription.parse(TEXT)
    assert subscription.matches({"type": "track"}) is True


def test_a_subscription_shows_its_text_and_no_more():
    assert repr(Subscription.parse(TEXT)) == f"Subscription(text={TEXT!r})"
