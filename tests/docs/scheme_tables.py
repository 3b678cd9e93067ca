"""The tables on the pages of schemes: a row for each test whose docstring names the source of what it shows.

    uv run python -m tests.docs.scheme_tables

writes them anew.
"""

import ast
import re

import attrs

from .pages import ROOT

START, END = "<!-- made of the tests -->\n", "<!-- end -->\n"
_SECTION = re.compile(
    r"((?:RFC \d+ |OAuth Request Body Hash )?§[\d.]+(?:, §[\d.]+)*)[^:]*: (.+)", re.DOTALL
)
_ANY_SOURCE = re.compile(r"(.*?): (.+)", re.DOTALL)


@attrs.frozen
class SchemeTable:
    """The table on the page of one scheme.

    Args:
        scheme: Its slug; the tests are those of its distribution.
        docstring: Matches the docstrings that make a row: the source, and what holds.
        heading: Of the column of sources.
    """

    scheme: str
    docstring: re.Pattern
    heading: str

    @property
    def page(self):
        """The file of the page."""
        return ROOT / "docs" / f"{self.scheme}.md"

    def expected(self):
        """Return the text that the page has to have."""
        text = self.page.read_text()
        start, end = text.index(START) + len(START), text.index(END)
        return f"{text[:start]}{self._table()}{text[end:]}"

    def _table(self):
        rows = sorted(self._rows())
        lines = [f"| {source} | {what} | `{test}` |\n" for source, what, test in rows]
        return "".join([f"| {self.heading} | what holds | shown by |\n", "|---|---|---|\n", *lines])

    def _rows(self):
        folder = ROOT / "contrib" / f"portcall-{self.scheme}" / "tests"
        for file in folder.glob("test_*.py"):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    match = self.docstring.match(ast.get_docstring(node) or "")
                    if match:
                        what = " ".join(match[2].split()).replace("``", "`")
                        yield match[1], what, f"{file.name}::{node.name}"


TABLES = [
    SchemeTable("digest", _SECTION, "section"),
    SchemeTable("hmac", _ANY_SOURCE, "of what"),
    SchemeTable("oauth1", _SECTION, "section"),
    SchemeTable("session", _ANY_SOURCE, "of what"),
    SchemeTable("sigv4", _ANY_SOURCE, "of what"),
]


def main():
    """Write the tables."""
    for table in TABLES:
        table.page.write_text(table.expected())


if __name__ == "__main__":
    main()
