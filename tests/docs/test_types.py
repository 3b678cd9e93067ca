"""Every Python example of the pages passes mypy in its strict mode."""

import ast
import re
from pathlib import Path

import pytest

from portcall.cli.scaffold.project import Project
from portcall.cli.scaffold.templates import TEMPLATES
from tests.typing.conftest import mypy

from .pages import PAGES, ROOT, blocks_of

UNTYPED = {ROOT / "tests" / "realservers" / "README.md", ROOT / "docs" / "recipes.md"}
"""Pages whose examples have fixtures of this repository's, or import Airflow, which is not installed."""


def names_of(text):
    """Return the names that a text defines at its top level, imports apart."""
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in ast.parse(text).body if isinstance(node, kinds)}


def imports_of(text):
    nodes = [each for each in ast.parse(text).body if isinstance(each, ast.Import | ast.ImportFrom)]
    return "".join(f"{ast.unparse(node)}\n" for node in nodes)


def modules_of(page):
    """Return modules of the page's examples: its files, and one for each time a name starts over."""
    files, parts, seen, imports = {}, [[]], set(), ""
    if page.name == "tutorial.md":  # goes on from what the template has
        made = Project("acme", TEMPLATES["api-key"], Path("portcall-acme")).contents()
        files |= {name: text for name, text in made if name.startswith("src/")}
    for block in blocks_of(page):
        if block.language != "python":
            continue
        if block.file:
            before = f"{files[block.file]}\n\n" if block.appends and block.file in files else ""
            files[block.file] = before + block.text
            continue
        if names_of(block.text) & seen:
            parts.append([imports])
            seen = set()
        seen |= names_of(block.text)
        imports += imports_of(block.text)
        parts[-1].append(block.text)
    return {**files, **{f"part_{n}.py": "\n\n".join(part) for n, part in enumerate(parts) if part}}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return the errors of mypy, by page."""
    root = tmp_path_factory.mktemp("pages")
    for page in PAGES:
        if not page.is_file() or page in UNTYPED:
            continue
        folder = root / re.sub(r"\W", "_", str(page.relative_to(ROOT)))
        for name, text in modules_of(page).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    # That a package has no types is no fault of an example.
    untyped = ("--disable-error-code", "import-untyped")
    flags = ("--explicit-package-bases", "--namespace-packages", *untyped)
    return mypy(root, *flags, path=root / "docs_tutorial_md" / "src")


def test_examples_of_the_pages_are_typed(found):
    assert [f"{file}:{line}: {text}" for file, line, text in found] == []
