"""The page about this scheme: its table is made of the tests.

``python contrib/portcall-hmac/tests/test_docs.py`` writes the table anew.
"""

import ast
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "hmac.md"
START, END = "<!-- made of the tests -->\n", "<!-- end -->\n"


def table():
    """One row for each test whose docstring names what it shows, and by which source."""
    rows = []
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            text = isinstance(node, ast.FunctionDef) and ast.get_docstring(node)
            source, colon, what = (text or "").partition(": ")
            if colon and node.name.startswith("test_"):
                rows.append((source, " ".join(what.split()), f"{file.name}::{node.name}"))
    lines = [f"| {source} | {what} | `{test}` |\n" for source, what, test in sorted(rows)]
    return "".join(["| of what | what holds | shown by |\n", "|---|---|---|\n", *lines])


def rendered(page):
    start, end = page.index(START) + len(START), page.index(END)
    return page[:start] + table() + page[end:]


def test_table_is_made_of_the_tests():
    page = PAGE.read_text()
    assert page == rendered(page), f"run python {Path(__file__).relative_to(HERE.parents[2])}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text()))
