"""What the repository as a whole promises to those who clone it."""

import subprocess
import tomllib
from importlib.metadata import entry_points

import pytest

from tests.skips import listed
from tests.workers import LONGEST

from . import workspace
from .pages import ROOT, blocks_of
from .requirements import FILE, expected, folders, members, project

# Built from parts, so that this file names none of them.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
        ("rubygems", "org"),
    )
]
LOCKS = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "package-lock.json", "yarn.lock"}


@pytest.fixture(scope="module")
def tracked():
    """Every file that git has, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def test_requirements_for_pip_are_those_for_uv():
    again = "uv run python -m tests.docs.requirements"
    assert FILE.read_text(encoding="utf-8") == expected(), f"out of date; run {again}"


def test_every_distribution_is_a_member_of_the_workspace():
    again = "python -m tests.docs.workspace"
    assert workspace.FILE.read_text(encoding="utf-8") == workspace.expected(), f"run {again}"
    assert members().keys() == folders().keys()
    assert project()["tool"]["uv"]["sources"].keys() == folders().keys()


def test_no_text_names_the_host_of_a_package_registry(tracked):
    named = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in tracked
        for host in REGISTRIES
        if host.encode() in path.read_bytes().lower()
    ]
    assert named == []


def test_no_lock_file_is_tracked(tracked):
    assert [path for path in tracked if path.name in LOCKS] == []


@pytest.mark.parametrize("folder", folders().values())
def test_distribution_has_readme_licence_and_version(folder):
    about = tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (about["readme"], about["license"]) == ("README.md", "MIT")
    assert about["version"] == "0.1.0"
    assert (ROOT / folder / "README.md").is_file()


def test_installed_plugins_are_those_of_this_repository():
    offered = {
        each.dist.name
        for group in ("portcall.destinations", "portcall.schemes", "portcall.extras")
        for each in entry_points(group=group)
    }
    assert offered <= folders().keys()


def test_every_listed_skip_names_a_test_and_a_reason():
    for test, reason in listed().items():
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {name}(" in text or (not name and "allow_module_level" in text)
        assert reason, test


def test_the_files_that_start_first_are_files_of_tests():
    assert [file for file in LONGEST if not (ROOT / file).is_file()] == []


def test_the_command_of_the_readme_is_what_ci_runs():
    [command] = [b.text.strip() for b in blocks_of(ROOT / "README.md") if "uv run pytest" in b.text]
    for file in (".ci/run", "CONTRIBUTING.md"):
        assert command in (ROOT / file).read_text(encoding="utf-8")


def test_contributing_names_every_folder_of_tests():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/*.py")}
    assert {name for name in folders if f"| `{name}/` |" not in page} == set()
