"""The page on mappings names the tags and filters of Liquid that there are."""

import re
from pathlib import Path

import pytest

from portcall.actions.mapping.liquid_language.filters import FILTERS
from portcall.actions.mapping.liquid_language.tags import TAGS

PAGE = Path(__file__).parents[2] / "docs" / "mapping-differences.md"


@pytest.mark.parametrize(("heading", "names"), [("Tags", TAGS), ("Filters", FILTERS)])
def test_the_page_lists_all_that_a_template_can_use(heading, names):
    [listed] = re.findall(rf"^{heading}\n: (.*?)\n\n", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert re.findall(r"`([^`]+)`", listed) == sorted(names)
