"""What docs/fql.md says can be written is read, and what it says is refused is refused."""

from __future__ import annotations

import re

import pytest

from portcall.actions.fql import parse, unparse
from portcall.errors import SubscriptionError

from .pages import ROOT

PAGE = (ROOT / "docs" / "fql.md").read_text("utf-8")


def examples(heading: str) -> list[str]:
    """Return every piece of code in the first column of the table under a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("text", examples("How it is written"))
def test_what_the_page_says_can_be_written_is_read(text: str) -> None:
    assert parse(unparse(parse(text))) == parse(text)


@pytest.mark.parametrize("text", examples("What is refused"))
def test_what_the_page_says_is_refused_is_refused_with_advice(text: str) -> None:
    with pytest.raises(SubscriptionError) as caught:
        parse(text)
    assert all(str(caught.value).splitlines())


def test_the_tables_hold_as_much_as_they_seem_to() -> None:
    assert len(examples("How it is written")) > 25
    assert len(examples("What is refused")) > 25
