"""A key that is lost: what is readable stays, what is lost is said, and nothing is removed unasked."""

import json
import os
from base64 import urlsafe_b64encode

import pytest


def _key():
    return urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture
def lost(run, good):
    """Two connections under a key that is gone, and one that was kept before there was a key."""
    connect = ("connect", "good", "--no-test", *good)
    assert run(*connect, "--name", "plain").code == 0
    key = _key()
    for name in ("shop", "branch"):
        assert run(*connect, "--name", name, env={"PORTCALL_KEY": key}).code == 0
    return key


def _names(outcome):
    return [each["name"] for each in json.loads(outcome.out)["connections"]]


def test_nothing_is_removed_unasked_and_what_is_lost_is_named(run, lost):
    outcome = run("key", "reset")
    assert outcome.code == 2
    assert "branch, shop" in outcome.err
    words = ("request", "shop", "get", "/", "--dry-run", "--allow-private", "127.0.0.1")
    assert run(*words, env={"PORTCALL_KEY": lost}).code == 0


def test_what_is_readable_stays_and_the_store_can_be_used_again(run, lost, good):
    outcome = run("key", "reset", "--yes", "--json")
    assert (outcome.code, json.loads(outcome.out)) == (
        0,
        {"lost": ["branch", "shop"], "kept": ["plain"]},
    )
    assert (
        run("request", "plain", "get", "/", "--dry-run", "--allow-private", "127.0.0.1").code == 0
    )
    assert run("connect", "good", "--no-test", *good, "--name", "shop").code == 0
    assert run("key", "init").code == 0


def test_with_the_key_nothing_is_lost(run, lost):
    outcome = run("key", "reset", "--json", env={"PORTCALL_KEY": lost})
    assert json.loads(outcome.out) == {"lost": [], "kept": ["branch", "plain", "shop"]}


def test_another_key_is_the_stores_from_then_on(run, lost, good):
    env = {"PORTCALL_KEY": _key()}
    assert run("key", "reset", "--yes", env=env).code == 0
    assert run("connect", "good", "--no-test", *good, "--name", "shop", env=env).code == 0
    assert "readable" in run("key", "status", "--json", env=env).out


def test_an_init_that_cannot_read_what_is_there_makes_no_key(run, lost, tmp_path):
    outcome = run("key", "init")
    assert outcome.code == 2
    assert "2 of the 3 connections" in outcome.err
    assert "portcall key reset" in outcome.err
    assert "PORTCALL_KEY" in outcome.err
    assert not list((tmp_path / "home").glob("*key*"))


def test_a_second_init_names_the_key_file_that_is_there(run, good):
    assert run("connect", "good", "--no-test", *good).code == 0
    assert run("key", "init").code == 0
    outcome = run("key", "init")
    assert outcome.code == 2
    assert "already exists: change it with: portcall key rotate" in outcome.err
