"""The reference on the pages is the code's own, readable as it stands, and whole."""

import re

import pytest

import portcall
import portcall.runs
import portcall.store.authors
import portcall.testing

from .pages import DOCS, ROOT
from .reference import AGAIN, BLOCK, attributes, described, find, members, names, written

API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
NAMES = names()
SAID_IN_PROSE = {"HookRelay", "Text", "__version__", "dynamic", "hookimpl", "hookspec"}
OF_MODULES_IN_PROSE = {"portcall.store.authors.STEPS", "portcall.store.authors.Steps"}
CLASSES = [name for name in NAMES if isinstance(find(name), type)]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_reference_of_a_page_is_that_of_the_code(page):
    assert page.read_text(encoding="utf-8") == written(page), f"out of date; run {AGAIN}"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_no_page_is_empty_unless_it_is_rendered(page):
    text = page.read_text(encoding="utf-8")
    assert "{eval-rst}" not in text
    assert all(found[2].strip() for found in BLOCK.finditer(text))


def test_every_public_name_has_its_reference():
    missing = {name for name in portcall.__all__ if f"portcall.{name}" not in NAMES}
    assert missing == SAID_IN_PROSE
    assert [name for name in missing if f"portcall.{name}`" not in API] == []


@pytest.mark.parametrize("module", [portcall.runs, portcall.store.authors, portcall.testing])
def test_every_name_of_a_public_module_has_its_reference(module):
    wanted = {f"{module.__name__}.{name}" for name in module.__all__}
    missing = wanted - set(NAMES)
    assert missing == wanted & OF_MODULES_IN_PROSE
    assert [name for name in missing if f"`{name}`" not in API] == []


def test_no_name_has_two_references():
    assert [name for name in NAMES if NAMES.count(name) > 1] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_is_in_the_reference(name):
    page = next(text for text in map(_text, DOCS) if f"reference: {name} -->" in text)
    found = next(f for f in BLOCK.finditer(page) if f[1] == name)
    short = name.rpartition(".")[2]
    for member in members(find(name)):
        title = f"{short}()" if member == "__call__" else f"{short}.{member}"
        assert f"`{title}`" in found[2] or f"- `{member}`: " in found[2], member


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_attribute_is_described(name):
    cls = find(name)
    known = {each for base in cls.__mro__ if base is not object for each in described(base)}
    assert [each for each in attributes(cls) if each not in known] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_says_what_it_is(name):
    cls = find(name)
    bare = [each for each in members(cls) if not (getattr(cls, each).__doc__ or "").strip()]
    assert bare == []


def test_the_reference_shows_no_markup_of_another_kind():
    for page in DOCS:
        for found in BLOCK.finditer(_text(page)):
            prose = re.sub(r"^```.*?^```$", "", found[2], flags=re.MULTILINE | re.DOTALL)
            assert "``" not in prose, found[1]
            assert not re.search(r":\w+:`", prose), found[1]


def _text(page):
    return page.read_text(encoding="utf-8")
