"""Every page of the site is one that ``portcall docs`` knows."""

import re
from pathlib import Path

from portcall.cli.documentation.topics import PAGES

INDEX = Path(__file__).parents[2] / "docs" / "index.md"


def test_every_page_of_the_site_is_one_that_the_command_knows():
    text = INDEX.read_text(encoding="utf-8")
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    named = {line for tree in trees for line in tree.splitlines() if line and line[0] != ":"}
    assert {"index", *named} == PAGES.keys(), (
        "a page of docs/index.md is listed in PAGES of portcall/cli/documentation/topics.py, too"
    )
