"""Every Python example of the pages runs as it stands, and prints what the page says it prints."""

from pathlib import Path

import pytest

from .pages import PAGES, ROOT, blocks_of, run_by_its_own_tests, with_output, write_files


def pages_with_python():
    for page in PAGES:
        if not page.is_file() or run_by_its_own_tests(page):
            continue
        if any(block.language == "python" and not block.file for block in blocks_of(page)):
            yield pytest.param(page, id=str(page.relative_to(ROOT)))


@pytest.mark.parametrize("page", [*pages_with_python()])
def test_examples_run_and_print_what_the_page_says(page, internet, capsys):
    scope = {"__name__": page.stem}
    write_files([b for b in blocks_of(page) if b.language == "toml"], Path.cwd())
    for block, output in with_output(blocks_of(page)):
        if block.language == "python" and not block.file:
            shifted = "\n" * (block.line - 1) + block.text
            exec(compile(shifted, str(page), "exec"), scope)
            printed = capsys.readouterr().out
            if output is not None:
                assert printed == output.text, f"{output}: the page says something else"
