"""Each template, untouched, is a project whose tests are green, and whose code no checker minds."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from portcall.cli import main
from portcall.cli.scaffold.templates import TEMPLATES

CHECKOUT = Path(__file__).parents[3]
SITE = sysconfig.get_path("purelib")


def module_of(template):
    return f"portcall_acme_{template.replace('-', '_')}"


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Make a project of each template, side by side."""
    folder = tmp_path_factory.mktemp("projects")
    for template in TEMPLATES:
        words = ["--template", template, "--folder", str(folder / module_of(template))]
        assert main(["new", f"acme-{template}", *words]) == 0
    return folder


def run(folder, *command, **environment):
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Make a virtual environment that has portcall and what the templates need, and no other plugin."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    own = next(folder.glob("lib/python*/site-packages"))
    needed = {each.needs for each in TEMPLATES.values() if each.needs}
    for name in ("portcall", *sorted(needed)):
        source = "core" if name == "portcall" else f"contrib/{name}"
        (own / f"{name}.pth").write_text(f"{CHECKOUT / source / 'src'}\n")
    for found in sorted(Path(SITE).iterdir()):
        project = found.name.lower()
        ours = project.startswith(("portcall", "_virtualenv", "__editable__")) or ".pth" in project
        if not ours or any(_is_metadata_of(found, name) for name in ("portcall", *needed)):
            (own / found.name).symlink_to(found)
    return folder / "bin" / "python"


def _is_metadata_of(found, distribution):
    name = found.name.rpartition(".dist-info")[0].rpartition("-")[0]
    return name.replace("_", "-") == distribution


def install(python, folder, module):
    """Install a project as pip does with ``-e``: its metadata, and where its code is."""
    site = next(python.parents[1].glob("lib/python*/site-packages"))
    distribution = module.replace("_", "-")
    info = site / f"{module}-0.1.0.dist-info"
    info.mkdir()
    readme = (folder / "README.md").read_text()
    needs = "Requires-Dist: portcall<0.2,>=0.1"
    head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0.1.0\n{needs}\n"
    (info / "METADATA").write_text(f"{head}Description-Content-Type: text/markdown\n\n{readme}")
    slug = distribution.removeprefix("portcall-")
    (info / "entry_points.txt").write_text(f"[portcall.destinations]\n{slug} = {module}\n")
    (site / f"{module}.pth").write_text(f"{folder / 'src'}\n")


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_tests_of_a_new_project_are_green_in_a_clean_environment(projects, clean, template):
    module = module_of(template)
    folder = projects / module
    install(clean, folder, module)
    run(folder, clean, "-m", "pytest", "-q", "-p", "no:cacheprovider", PYTHONPATH="")


def test_ruff_minds_nothing(projects):
    run(projects, sys.executable, "-m", "ruff", "check", "--no-cache", ".")
    run(projects, sys.executable, "-m", "ruff", "format", "--check", "--no-cache", ".")


def test_mypy_minds_nothing_in_its_strict_mode(projects):
    sources = os.pathsep.join(f"{projects / module_of(each) / 'src'}" for each in TEMPLATES)
    flags = ["--strict", "--explicit-package-bases", "--namespace-packages"]
    files = [f"{module_of(each)}/{part}" for each in TEMPLATES for part in ("src", "tests")]
    run(projects, sys.executable, "-m", "mypy", *flags, *files, MYPYPATH=sources)


def test_pyright_minds_nothing_in_its_strict_mode(projects):
    roots = [
        {"root": module_of(each), "extraPaths": [f"{module_of(each)}/src"]} for each in TEMPLATES
    ]
    config = {"typeCheckingMode": "strict", "executionEnvironments": roots}
    (projects / "pyrightconfig.json").write_text(json.dumps(config))
    run(projects, sys.executable, "-m", "pyright", "--pythonpath", sys.executable)
