"""Each check is tripped by a plugin with one fault, and by no other."""

import pytest

from portcall.checks import check
from portcall.checks.catalogue import CHECKS

from . import behaviour_plants, code_plants, declaration_plants, metadata_plants
from .behaviour_plants import SOUND_PARTS, added
from .planting import Planted

ALL = [
    *declaration_plants.PLANTS,
    *code_plants.PLANTS,
    *metadata_plants.PLANTS,
    *behaviour_plants.PLANTS,
]
ALONE = ("PC1", "PC2", "PC3", "PC4", "PC5")
"""All but those that import the plugin in a process of its own, which takes a while."""


@pytest.fixture
def codes():
    return [each.code for each in CHECKS if each.code.startswith(ALONE)]


def test_the_sound_plugin_has_no_finding_and_nothing_is_skipped(tmp_path):
    report = check(Planted("", "", {}).write(tmp_path))
    assert [str(each) for each in report.findings] == []
    assert report.skipped == {}
    assert len(report.passed) == len(CHECKS)


@pytest.mark.parametrize("part", SOUND_PARTS)
def test_a_part_that_faults_are_put_into_is_sound(part, tmp_path, codes):
    report = check(added("", part, SOUND_PARTS[part]).write(tmp_path), only=codes)
    assert [str(each) for each in report.findings] == []


@pytest.mark.parametrize("plant", ALL, ids=str)
def test_a_fault_trips_its_check_and_no_other(plant, tmp_path, codes):
    only = None if plant.code.startswith("PC6") else codes
    report = check(plant.write(tmp_path), only=only, answers=plant.answers)
    assert {each.code for each in report.findings} == {plant.code}, [*map(str, report.findings)]
    assert all(each.advice for each in report.findings)


def test_every_check_has_a_planted_plugin():
    assert {each.code for each in CHECKS} == {each.code for each in ALL}
