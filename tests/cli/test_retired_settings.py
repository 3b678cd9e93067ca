"""A connection that was kept when its plugin had a field more."""

import attrs
import pytest

from portcall.store import open_store


@pytest.fixture
def mine(run, good):
    """Keep a connection, with the value of a field that the plugin has no longer."""
    assert run("connect", "good", "--name", "mine", *good).code == 0
    store = open_store()
    record = store.get("mine")
    older = {**record.settings, "proxy": "https://proxy.example"}
    store.replace(attrs.evolve(record, settings=older), generation=record.generation)
    return good[:2]


@pytest.mark.parametrize("words", [("test", "mine"), ("request", "mine", "GET", "/me")])
def test_it_is_refused_with_the_command_that_mends_it_and_sends_nothing(run, mine, acme, words):
    sent = len(acme.requests)
    outcome = run(*words, *mine)
    assert outcome.code == 2
    assert "mine keeps `proxy`, which is not a field of portcall-good" in outcome.both
    assert "portcall connect good --name mine --replace" in outcome.both
    assert len(acme.requests) == sent


def test_connecting_again_drops_what_is_no_field_and_keeps_the_rest(run, mine):
    assert run("connect", "good", "--name", "mine", "--replace", *mine).code == 0
    assert "proxy" not in open_store().get("mine").settings
    assert run("test", "mine", *mine).code == 0
