"""The page about filters and mappings shows every directive, and each example does what it says."""

import json
import re

import pytest

from portcall.actions.fql import Subscription
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import DIRECTIVES

from .pages import ROOT, blocks_of

PAGE = ROOT / "docs" / "mappings.md"
TEXT = PAGE.read_text(encoding="utf-8")
EVENT = json.loads(next(block.text for block in blocks_of(PAGE) if block.file == "event.json"))
SECTIONS = dict(re.findall(r"^### `(@\w+)`\n(.*?)(?=^### |\Z)", TEXT, re.MULTILINE | re.DOTALL))
FILTERS = re.findall(r"^\| `(.+)` \| (yes|no) \|$", TEXT, re.MULTILINE)


def test_every_directive_has_its_section():
    assert SECTIONS.keys() == DIRECTIVES.keys(), (
        "docs/mappings.md explains each directive under a heading of its name, with a mapping and its result"
    )


@pytest.mark.parametrize("name", SECTIONS)
def test_the_example_of_a_directive_makes_what_is_shown(name):
    mapping, made = (
        json.loads(text)
        for text in re.findall(r"^```json\n(.*?)^```", SECTIONS[name], re.MULTILINE | re.DOTALL)
    )
    assert name in mapping
    assert compile_mapping({"field": mapping})(EVENT) == {"field": made}


@pytest.mark.parametrize(("source", "wanted"), FILTERS)
def test_a_filter_wants_the_event_as_is_said(source, wanted):
    assert Subscription.parse(source).matches(EVENT) == (wanted == "yes")


def test_the_page_has_filters():
    assert len(FILTERS) >= 8
