"""Packages whose names are imported when they are used: type checkers and Python find the same ones."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import portcall
from portcall import runs

CORE = Path(portcall.__file__).parent
PACKAGES = sorted(
    ".".join(("portcall", *file.parent.relative_to(CORE).parts))
    for file in CORE.rglob("__init__.py")
    if "lazy_names(" in file.read_text(encoding="utf-8")
)


def tree_of(package):
    return ast.parse(Path(import_module(package).__file__).read_text(encoding="utf-8"))


def homes_of(package):
    [call] = [node for node in ast.walk(tree_of(package)) if isinstance(node, ast.Call)]
    homes = ast.literal_eval(call.args[1])
    return [(name, home) for home, names in homes.items() for name in names]


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_and_python_import_the_same_names_from_the_same_modules(package):
    imported = [
        (alias.asname, node.module)
        for block in tree_of(package).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    ]
    assert sorted(homes_of(package)) == sorted(imported)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_is_that_of_a_module_of_the_package(package):
    folder = Path(import_module(package).__file__).parent
    modules = {path.stem for path in folder.iterdir()}
    assert not modules & {name for name, _ in homes_of(package)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_leads_to_what_its_module_has(package):
    door = import_module(package)
    for name, home in homes_of(package):
        assert getattr(door, name) is getattr(import_module(home), name)
    assert set(door.__all__) <= set(dir(door))
    assert len(door.__all__) == len(homes_of(package))


def test_what_a_package_does_not_have_is_no_attribute():
    with pytest.raises(AttributeError, match=r"module 'portcall.runs' has no attribute 'begin'"):
        _ = runs.begin
