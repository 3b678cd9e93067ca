"""``portcall new``: what is refused, and what is written."""

import json
from pathlib import Path

import pytest

from portcall.cli import main
from portcall.cli.scaffold.project import Project
from portcall.cli.scaffold.templates import TEMPLATES


def new(folder, *words):
    return main(["new", "acme", "--folder", str(folder), *words])


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "kept").write_text("mine")
    assert new(tmp_path, "--template", "api-key") == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("slug", ["Acme", "acme_eu", "-acme", "acme--eu", "a" * 60, "../acme"])
def test_a_name_that_no_slug_can_be_is_refused_before_anything_is_written(slug, tmp_path, capsys):
    words = ["--template", "api-key", "--folder", str(tmp_path / "new")]
    assert main(["new", *words, "--", slug]) == 2
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken_on_this_machine_is_refused(tmp_path, capsys):
    words = ["--template", "api-key", "--folder", str(tmp_path / "new")]
    assert main(["new", "segment", *words]) == 2
    assert "portcall-segment" in capsys.readouterr().err


def test_an_unknown_template_is_answered_with_the_nearest(tmp_path, capsys):
    assert new(tmp_path / "new", "--template", "oauth2-aut") == 2
    assert "did you mean 'oauth2-auth'?" in capsys.readouterr().err


def test_programs_get_the_list_of_files(tmp_path, capsys):
    assert new(tmp_path / "new", "--template", "basic", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["template"] == "basic-auth"
    assert "pyproject.toml" in made["files"]


def test_a_file_that_cannot_be_written_leaves_no_project(tmp_path, monkeypatch):
    project = Project("acme", TEMPLATES["api-key"], tmp_path / "new")

    def full(path, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(Exception, match="No space left"):
        project.write("")
    assert list(tmp_path.iterdir()) == []
