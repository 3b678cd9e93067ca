"""The door: each public name stands where type checkers and where Python look for it, and nowhere else."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import portcall

TREE = ast.parse(Path(portcall.__file__).read_text(encoding="utf-8"))
IMPORTED = {
    (alias.asname, node.module)
    for block in TREE.body
    if isinstance(block, ast.If)
    for node in ast.walk(block)
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def test_type_checkers_and_python_import_the_same_names_from_the_same_modules():
    assert {(name, home) for home, names in portcall._NAMES.items() for name in names} == IMPORTED


def test_every_name_is_exported_under_its_own_name():
    renamed = [
        alias.name
        for node in ast.walk(TREE)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname not in {None, alias.name}
    ]
    assert renamed == []


def test_no_name_stands_twice():
    names = [name for several in portcall._NAMES.values() for name in several]
    assert len(names) == len(set(names))


def test_all_and_dir_are_the_public_names():
    public = {name for name, _ in IMPORTED}
    assert set(portcall.__all__) == public | {"__version__"}
    assert {name for name in dir(portcall) if not name.startswith("__")} == public


def test_every_name_leads_to_what_its_module_has():
    for name, home in IMPORTED:
        assert getattr(portcall, name) is getattr(import_module(home), name)


def test_importing_the_door_imports_no_room():
    code = "import sys, portcall; print([m for m in sys.modules if m.startswith('portcall.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['portcall._version']\n"


def test_the_version_is_that_of_the_distribution():
    import tomllib

    project = Path(__file__).parents[2] / "core" / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == portcall.__version__


def test_what_is_not_public_is_no_attribute():
    try:
        portcall.Exchange  # noqa: B018
    except AttributeError as error:
        assert str(error) == "module 'portcall' has no attribute 'Exchange'"
    else:
        raise AssertionError
