"""The page about the architecture names files and layers that there are."""

import re
import tomllib

import pytest

from .pages import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CORE = ROOT / "core" / "src" / "portcall"
NAMES = sorted(set(re.findall(r"`([\w/]+(?:\.py|/))`", PAGE)))
ROADS = re.findall(r"^## (The road of .*)\n((?:.|\n)*?)(?=^## |\Z)", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_and_folder_of_the_page_exists(name):
    assert (CORE / name).exists() or (ROOT / name).exists()


@pytest.mark.parametrize(("title", "road"), ROADS)
def test_a_road_has_at_most_fifteen_steps_and_each_names_a_file(title, road):
    steps = re.findall(r"^\d+\. .*$", road, re.MULTILINE)
    assert 0 < len(steps) <= 15
    assert all(re.search(r"`[\w/]+\.py`", step) for step in steps)


def test_the_page_has_every_room_of_core():
    rooms = {path.name for path in CORE.iterdir() if (path / "__init__.py").is_file()}
    assert {f"{room}/" for room in rooms} <= set(NAMES)


def test_the_page_has_every_room_and_loose_module_of_the_command_line():
    inside = {path for path in (CORE / "cli").iterdir() if path.name[0] != "_"}
    rooms = {f"cli/{path.name}/" for path in inside if path.is_dir()}
    assert rooms | {f"cli/{path.name}" for path in inside if path.is_file()} <= set(NAMES)


def test_the_law_of_the_page_is_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c["layers"] for c in contracts["contracts"] if c["type"] == "layers")
    law = PAGE.partition("right:\n\n")[2].partition("\n\n")[0].replace("\n", " ")
    shown = [sorted(re.findall(r"`(\w+)`", layer)) for layer in law.split(" > ")]
    assert shown == [sorted(layer.split(" | ")) for layer in layers]
