from .destination_pages import AGAIN, FOLDER, described_as_markdown, pages
from .readmes import readmes


def test_the_page_of_each_destination_is_what_its_package_says(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path))
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(), f"make them again: {AGAIN}"


def test_the_readme_of_each_destination_is_what_its_package_says(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path))
    for readme in readmes(described_as_markdown):
        written = readme.path.read_text(encoding="utf-8")
        assert written == readme.text, f"{readme.path}: make it again: {AGAIN}"
