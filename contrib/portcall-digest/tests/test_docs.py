"""The page about this scheme: its table is made of the tests, and its example runs.

``python contrib/portcall-digest/tests/test_docs.py`` writes the table anew.
"""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "digest.md"
START, END = "<!-- made of the tests -->\n", "<!-- end -->\n"
ROW = re.compile(r"((?:RFC \d+ )?§[\d.]+(?:, §[\d.]+)*|RFC \d+ §[\d.]+)[^:]*: (.+)", re.DOTALL)


def table():
    """One row for each test whose docstring starts with a section."""
    rows = []
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            match = isinstance(node, ast.FunctionDef) and ROW.match(ast.get_docstring(node) or "")
            if match:
                what = " ".join(match[2].split()).replace("``", "`")
                rows.append((match[1], what, f"{file.name}::{node.name}"))
    lines = [f"| {section} | {what} | `{test}` |\n" for section, what, test in sorted(rows)]
    return "".join(["| section | what holds | shown by |\n", "|---|---|---|\n", *lines])


def rendered(page):
    start, end = page.index(START) + len(START), page.index(END)
    return page[:start] + table() + page[end:]


def test_the_table_of_the_page_is_made_of_the_tests():
    page = PAGE.read_text()
    assert page == rendered(page), f"run python {Path(__file__).relative_to(HERE.parents[2])}"


def test_the_example_of_the_readme_is_true(serve, peer, capsys):
    server = serve(user="ada", paths=["/v1/projects"])
    code = (HERE.parent / "README.md").read_text().split("```python\n")[1].split("```")[0]
    local = code.replace("Host(", "Host(allow_private=['127.0.0.1'], ")
    local = local.replace("https://api.example.com", peer.url)
    exec(local.replace('"api.example.com"', f'"127.0.0.1:{peer.port}"'), {})
    assert capsys.readouterr().out == "200\n"
    assert server.seen == {"none": 1, "good": 1}


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text()))
