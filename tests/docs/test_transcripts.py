"""What the pages show of a terminal is what a terminal shows."""

import pytest

from .pages import ROOT
from .transcripts import comparable, pages, record


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_transcripts_are_true(page, tmp_path):
    for block, now in record(page, tmp_path).items():
        again = "uv run python -m tests.docs.transcripts"
        assert comparable(now) == comparable(block.text), f"{block} is out of date; run {again}"
