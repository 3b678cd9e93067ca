"""Following the tutorial to the letter gives what the tutorial shows, and a package that works."""

import zipfile

import pytest

from .pages import ROOT, blocks_of
from .transcripts import comparable
from .walkthrough import PAGE, follow, is_console

MODULE = "portcall_acme.py"


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Follow the tutorial once: the folder, and what each console block reads now."""
    folder = tmp_path_factory.mktemp("acme")
    return folder, follow(folder)


def test_every_command_prints_what_the_tutorial_shows(walk):
    _, said = walk
    shown = [comparable(block.text) for block in blocks_of(PAGE) if is_console(block)]
    now = [comparable(text) for text in said.values()]
    assert now == shown, "run python -m tests.docs.transcripts"


def test_what_is_sent_that_is_wrong_is_told_and_kept(walk):
    folder, _ = walk
    [kept] = (folder / "portcall-acme").glob("events.ndjson.*.rejected.ndjson")
    assert "who is u-0?" in kept.read_text()


def test_the_wheel_is_a_whole_package(walk):
    folder, _ = walk
    [wheel] = (folder / "portcall-acme" / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info" not in name}
        [advert] = [n for n in archive.namelist() if n.endswith("entry_points.txt")]
        [metadata] = [n for n in archive.namelist() if n.endswith("METADATA")]
        entry_points = archive.read(advert).decode()
        about = archive.read(metadata).decode()
    assert {
        "portcall_acme/__init__.py",
        "portcall_acme/actions.py",
        "portcall_acme/py.typed",
    } <= names
    assert "[portcall.destinations]\nacme = portcall_acme" in entry_points
    assert "Requires-Dist: portcall<" in about
    assert "`api_key` | API key. Acme > Settings > Developers" in about


def test_the_destination_of_the_readme_has_20_lines():
    shown = next(b for b in blocks_of(ROOT / "README.md") if b.file == MODULE)
    lines = [line for line in shown.text.splitlines() if line.strip()]
    assert len(lines) == 20
