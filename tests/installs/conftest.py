"""Projects of plugin authors, installed by pip and setuptools as people install them; nothing is fetched."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from functools import partial
from pathlib import Path

import attrs
import pytest

PLUGIN = """
from portcall import hookimpl

@hookimpl
def allowed_hosts(): return ["api.example.com"]
"""
SETUP = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "{version}"

[project.entry-points."portcall.destinations"]
{slug} = "{target}"

[tool.setuptools.packages.find]
where = ["{where}"]
include = ["portcall_*", "acme", "acme.*"]
namespaces = true
"""
ASK = """
import json, site, sys
for folder in sys.argv[1:]:
    site.addsitedir(folder)
from portcall import Host
host = Host()
found = {}
for slug in host.destinations:
    info = host.destinations[slug]
    if "acme" in slug:
        host.destination(slug)
        found[slug] = f"{info.distribution} {info.version}"
print(json.dumps(found))
"""


BUILD = """
import os, sys
from setuptools import build_meta
into = sys.argv[1]
for folder in sys.argv[2:]:
    os.chdir(folder)
    build_meta.build_wheel(into)
"""


@attrs.frozen
class Project:
    """A setuptools project with one destination.

    Args:
        folder: Where its pyproject.toml is.
        layout: ``"."`` for a flat layout, or ``"src"``.
    """

    folder: Path
    layout: str

    @property
    def code(self):
        """The folder that Python imports from."""
        return self.folder / self.layout

    def setup(self, *arguments):
        """Run a command of setuptools, as ``python setup.py`` did."""
        code = "import setuptools; setuptools.setup()"
        run(sys.executable, "-c", code, "-q", *arguments, cwd=self.folder)


def write_project(
    folder,
    name="portcall-acme",
    version="1.2.0",
    *,
    layout=".",
    slug="acme",
    target="portcall_acme",
):
    """Write a project into a folder of its own below *folder*."""
    made = Project(folder / f"project-{name}-{version}", layout)
    module = made.code / target.replace(".", "/")
    module.mkdir(parents=True, exist_ok=True)
    (module / "__init__.py").write_text(PLUGIN)
    text = SETUP.format(name=name, version=version, slug=slug, target=target, where=layout)
    (made.folder / "pyproject.toml").write_text(text)
    return made


WHEELS = [
    *[{"version": v} for v in ("1.1.0", "1.2.0", "1.2.0rc1", "1.2.0.post1", "1.9", "1.10")],
    {"version": "2.0", "target": "portcall_acme.plugin"},
    {"name": "acme-for-portcall"},
    *[{"name": f"acme-{p}", "slug": f"acme-{p}", "target": f"acme.{p}"} for p in ("eu", "us")],
]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """Return a function that gives the wheel of a name and version: all are built at once."""
    folder = tmp_path_factory.mktemp("wheels")
    folders = [write_project(folder, **about).folder for about in WHEELS]
    run(sys.executable, "-c", BUILD, folder, *folders)

    def find(name="portcall-acme", version="1.2.0"):
        return folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"

    return find


def unpack(wheel, into):
    """Leave what ``pip install --target`` leaves."""
    zipfile.ZipFile(wheel).extractall(into)
    return into


def run(*command, cwd=None, path=(), **more):
    """Run a process to its end; return what it printed."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONWARNINGS": "",
        **more,
    }
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(command, *arguments):
    """Run pip without an index."""
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "-q", command, *offline, *arguments)


def site_of(prefix):
    """Return the site-packages of what was installed with ``--prefix``."""
    return Path(sysconfig.get_path("purelib", vars={"base": str(prefix)}))


@pytest.fixture
def project(tmp_path):
    """Write a project of this test alone."""
    return partial(write_project, tmp_path)


@pytest.fixture
def ask(tmp_path):
    """Return what a new process finds and loads: ``{"acme": "portcall-acme 1.2.0"}``.

    Takes folders that are site-packages, with their ``.pth`` files; ``path`` stands before them on
    the import path, as PYTHONPATH does; ``cwd`` stands first, as ``python -m`` has it.
    """
    import json

    (tmp_path / "asking").mkdir()
    (tmp_path / "asking" / "ask_what_is_there.py").write_text(ASK)

    def asked(*sites, path=(), cwd=tmp_path):
        command = (sys.executable, "-m", "ask_what_is_there", *sites)
        return json.loads(run(*command, cwd=cwd, path=[*path, tmp_path / "asking"]))

    return asked
