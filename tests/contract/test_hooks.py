"""Hookspec, facade, docs and test of every hook say the same."""

import inspect
import re
from pathlib import Path

import pluggy
import pytest

from portcall.plugins import hookspecs
from portcall.plugins.stack import _EXPECTED, Stack

ROOT = Path(__file__).parents[2]
MANAGER = pluggy.PluginManager(hookspecs.NAME)
MANAGER.add_hookspecs(hookspecs)
HOOKS = sorted(vars(MANAGER.hook))
REFERENCE = (ROOT / "docs" / "hooks.md").read_text()
TESTS = "\n".join(p.read_text() for p in ROOT.glob("tests/**/test_*.py"))


@pytest.mark.parametrize("name", HOOKS)
def test_facade_has_the_parameters_of_the_hookspec(name):
    spec = [p for p in inspect.signature(getattr(hookspecs, name)).parameters if p != "hooks"]
    assert list(inspect.signature(getattr(Stack, name)).parameters) == ["self", *spec]


@pytest.mark.parametrize("name", HOOKS)
def test_hookspec_says_how_answers_combine_and_shows_an_example(name):
    text = inspect.getdoc(getattr(hookspecs, name))
    assert "\nCombination: " in text
    assert "\nExample::\n" in text


@pytest.mark.parametrize("name", HOOKS)
def test_combination_rule_is_the_one_pluggy_applies(name):
    text = inspect.getdoc(getattr(hookspecs, name))
    first = bool(getattr(MANAGER.hook, name).spec.opts["firstresult"])
    assert ("Combination: the strongest answer" in text) is first


@pytest.mark.parametrize("name", HOOKS)
def test_wrong_answers_have_a_message_of_their_own(name):
    assert name in _EXPECTED


@pytest.mark.parametrize("name", HOOKS)
def test_hook_has_a_section_in_the_reference(name):
    assert re.search(rf"^## `{name}`$", REFERENCE, re.MULTILINE)


@pytest.mark.parametrize("name", HOOKS)
def test_hook_has_a_test_of_its_name(name):
    assert re.search(rf"^def test_\w*{name}", TESTS, re.MULTILINE)
