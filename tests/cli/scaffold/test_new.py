"""``portcall new``: each template is a project whose own tests are green at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portcall.cli import main
from portcall.cli.scaffold.project import Project
from portcall.cli.scaffold.templates import TEMPLATES


def new(folder, *words):
    return main(["new", "acme", "--folder", str(folder), *words])


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def install(folder, place):
    """Leave the metadata that an installed project has, as pip would."""
    info = place / "portcall_acme-0.1.0.dist-info"
    info.mkdir(parents=True)
    readme = (folder / "README.md").read_text()
    needs = "Requires-Dist: portcall<0.2,>=0.1"
    head = f"Metadata-Version: 2.1\nName: portcall-acme\nVersion: 0.1.0\n{needs}\n"
    (info / "METADATA").write_text(f"{head}Description-Content-Type: text/markdown\n\n{readme}")
    entry = "[portcall.destinations]\nacme = portcall_acme\n"
    (info / "entry_points.txt").write_text(entry)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_tests_of_a_new_project_are_green_and_its_code_is_clean(
    template, tmp_path, capsys, mypy_cache
):
    folder, place = tmp_path / "portcall-acme", tmp_path / "site"
    assert new(folder, "--template", template) == 0
    capsys.readouterr()
    install(folder, place)
    path = os.pathsep.join([str(folder / "src"), str(place)])
    environment = {**os.environ, "PYTHONPATH": path, "MYPYPATH": str(folder / "src")}

    def run(*command):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("pytest", "-q", "-p", "no:cacheprovider")
    run("ruff", "check", "--no-cache")
    run("ruff", "format", "--check", "--no-cache")
    run("mypy", "--cache-dir", str(mypy_cache))


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
