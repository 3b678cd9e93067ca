"""Links between the pages lead somewhere, and shell commands on them exist."""

import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest

import portcall
from portcall.cli import main

from .pages import DOCS, PAGES, READMES, ROOT, blocks_of

LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:)([^)\s]*)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(portcall [^`]+)`")
PRESENT = [page for page in PAGES if page.is_file()]


def names(pages):
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages]


def anchors_of(page):
    """Return the anchors of a page's headings, as MyST and code hosts make them."""
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", names(PRESENT))
def test_links_to_other_pages_lead_somewhere(page):
    for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors_of(path), link


@pytest.mark.parametrize("page", names(page for page in READMES[1:] if page.is_file()))
def test_page_of_a_distribution_has_no_links_that_break_elsewhere(page):
    assert LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))) == []


def test_every_page_of_the_docs_is_in_the_index():
    listed = {
        name
        for block in blocks_of(ROOT / "docs" / "index.md")
        if block.language == "{toctree}"
        for name in block.text.split()
    }
    assert {page.stem for page in DOCS} - {"index"} <= listed


def test_every_public_name_is_in_the_reference():
    text = "".join(page.read_text(encoding="utf-8") for page in DOCS)
    assert [name for name in portcall.__all__ if not re.search(rf"portcall\.{name}\b", text)] == []


def commands_on(page):
    """Return every call of the command ``portcall`` on a page, in words."""
    for block in blocks_of(page):
        if block.language in {"sh", "console"}:
            lines = block.text.replace("\\\n", " ").splitlines()
            for line in lines:
                if block.language == "sh" or line.startswith("$ "):
                    yield from _calls(line.removeprefix("$ "))
    for text in INLINE.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        yield from _calls(text)


def _calls(line):
    words = shlex.split(line, comments=True)
    for number, word in enumerate(words):
        run = number == 0 or words[number - 1] in {"&&", "|", ";", "run"}
        if word == "portcall" and run:
            yield words[number + 1 :]


@pytest.fixture(scope="module")
def help_of():
    """Ask the command itself, once for each of its commands."""
    known = {}

    def ask(*words):
        if words not in known:
            with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()):
                main([*words, "--help"])
            known[words] = said.getvalue()
        return known[words]

    return ask


@pytest.mark.parametrize("page", names(PRESENT))
def test_commands_and_their_options_exist(page, help_of):
    for words in commands_on(page):
        options = [word for word in words if re.fullmatch(r"-[A-Za-z]|--[a-z-]+", word)]
        shown = help_of()
        for depth, word in enumerate(words):
            if "Commands:" not in shown or word.startswith("-"):
                break
            # Of a distribution that brings several, the commands stand on one line.
            assert re.search(rf"^  (?:[\w-]+, )*{word}(?:  |, |$)", shown, re.MULTILINE), words
            shown = help_of(*words[: depth + 1])
        if handed_on := re.search(r"options\s+are\s+those\s+of\s+portcall\s+(\w+)", shown):
            shown += help_of(handed_on[1])
        assert [each for each in options if not re.search(rf"{each}\b", shown)] == [], words
