"""The page about errors has the words that the code says."""

import ast
import re

import pytest

from .pages import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
TITLES = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)


def _texts():
    """Return every text of core's code, with what is filled in as an ellipsis."""
    for path in sorted((ROOT / "core" / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


SAID = list(_texts())


@pytest.mark.parametrize("title", TITLES)
def test_the_words_of_each_error_on_the_page_are_those_of_the_code(title):
    parts = [part.strip() for part in title.split("…")]
    wanted = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    assert any(wanted.search(text) for text in SAID), title


def test_the_page_has_errors():
    assert len(TITLES) >= 10
