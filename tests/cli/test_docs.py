"""``portcall docs``: which page, where it is, and what is opened."""

import os
import pty
import subprocess
import sys

import pytest

METADATA = "Metadata-Version: 2.4\nName: portcall\nVersion: 0.1.0\n"


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Let the distribution name its documentation, as one that is published does."""
    info = tmp_path / "site" / "portcall-0.1.0.dist-info"
    info.mkdir(parents=True)
    line = "Project-URL: Documentation, https://docs.example/portcall/\n"
    (info / "METADATA").write_text(f"{METADATA}{line}")
    monkeypatch.syspath_prepend(info.parent)
    return info


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ([], "index"),
        (["recipes"], "recipes"),
        (["send"], "operators"),
        (["run"], "pipelines"),
        (["segment"], "destinations/segment"),
    ],
)
def test_a_word_leads_to_its_page(run, published, words, page):
    outcome = run("docs", *words, "--print")
    assert (outcome.code, outcome.out) == (0, f"https://docs.example/portcall/{page}.html\n")


def test_in_a_checkout_it_is_the_page_there(run):
    outcome = run("docs", "recipes")
    assert outcome.code == 0
    assert outcome.out.strip().rpartition("/")[2] in {"recipes.md", "recipes.html"}


def test_a_page_that_is_not_there_is_answered_with_one_that_is(run):
    outcome = run("docs", "recipies")
    assert outcome.code == 2
    assert "did you mean 'recipes'?" in outcome.err


def test_the_pages_are_listed(run):
    assert "cron, systemd" in run("docs", "--list").out


@pytest.mark.parametrize("browser", ["opens", "fails"])
def test_on_a_terminal_the_page_is_opened_and_no_browser_is_no_failure(
    environ, published, tmp_path, browser
):
    script, seen = tmp_path / "browse", tmp_path / "seen"
    script.write_text(
        f'#!/bin/sh\necho "$1" > {seen}\n' if browser == "opens" else "#!/bin/sh\nexit 1\n"
    )
    script.chmod(0o700)
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "portcall", "docs", "send"],
        env={**environ, "BROWSER": str(script), "PYTHONPATH": str(published.parent)},
        stdout=theirs,
        timeout=30,
        check=False,
    )
    os.close(theirs)
    url = "https://docs.example/portcall/operators.html"
    assert os.read(ours, 65_536).decode().strip() == url
    os.close(ours)
    assert done.returncode == 0
    assert browser == "fails" or seen.read_text() == f"{url}\n"
