"""The plugins of this repository, and those of templates, have no finding, not even a suggestion."""

import tomllib
from pathlib import Path

import pytest

from portcall.checks import check
from portcall.cli import main
from portcall.cli.scaffold.templates import TEMPLATES

ROOT = Path(__file__).parents[2]
KINDS = {"portcall.destinations", "portcall.extras", "portcall.schemes", "portcall.stores"}
PROJECTS = sorted(
    path.parent
    for path in ROOT.glob("*/portcall-*/pyproject.toml")
    if tomllib.loads(path.read_text("utf-8"))["project"].get("entry-points", {}).keys() & KINDS
)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_a_plugin_of_the_repository_has_no_finding(project):
    assert [str(each) for each in check(project).findings] == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_of_a_template_has_no_finding(template, tmp_path, capsys):
    folder = tmp_path / "portcall-acme"
    assert main(["new", "acme", "--template", template, "--folder", f"{folder}", "--yes"]) == 0
    assert [str(each) for each in check(folder).findings] == []
