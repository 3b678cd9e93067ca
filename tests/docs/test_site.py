"""The site links the versions that have a tag; without tags, or without git, it links none."""

import runpy
import subprocess

import pytest
from jinja2 import Environment, FileSystemLoader

from .pages import ROOT

CONF = runpy.run_path(str(ROOT / "docs" / "conf.py"))


@pytest.fixture
def checkout(tmp_path):
    """Return what runs git in a new checkout."""

    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    git("commit", "--allow-empty", "-m", "Begin")
    return git


def _sidebar(versions):
    loader = FileSystemLoader(ROOT / "docs" / "_templates")
    page = Environment(loader=loader, autoescape=True).get_template("versions.html")
    return page.render(versions=versions, pathto=lambda *_: "../")


def test_versions_are_linked_the_newest_first(checkout, tmp_path):
    for tag in ("v0.9.0", "v0.10.0", "v0.10.0rc1", "nightly"):
        checkout("tag", tag)
    assert CONF["tagged"](tmp_path) == ["v0.10.0", "v0.9.0"]
    assert 'href="../../v0.9.0/index.html"' in _sidebar(["v0.10.0", "v0.9.0"])


def test_without_tags_or_git_there_are_none(checkout, tmp_path, monkeypatch):
    assert CONF["tagged"](tmp_path) == []
    assert CONF["tagged"](tmp_path / "elsewhere") == []
    monkeypatch.setenv("PATH", "")
    assert CONF["tagged"](tmp_path) == []
    assert not _sidebar([]).strip()


def test_every_page_has_search_and_the_switch_to_dark():
    assert CONF["html_theme"] == "furo", "it brings dark mode"
    assert "sidebar/search.html" in CONF["html_sidebars"]["**"]
