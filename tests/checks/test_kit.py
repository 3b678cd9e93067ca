"""The checks as an author meets them: tests of pytest's, one call, accepted findings."""

import pytest

from portcall import hookimpl
from portcall.checks import check
from portcall.checks.catalogue import CHECKS
from portcall.errors import PluginLoadError, SettingsError, UnknownPluginError
from portcall.testing import check_destination, conformance

from .planting import Planted, plant

UNTITLED = plant("PC141", "no title", ('title="Post a message"', 'title=""'))


@pytest.fixture
def sound(tmp_path):
    return Planted("", "", {}).write(tmp_path / "sound")


@pytest.fixture
def untitled(tmp_path):
    return UNTITLED.write(tmp_path / "untitled")


def items(test):
    [mark] = test.pytestmark
    return {item.values[0].code: (item.id, item.values[0]) for item in mark.args[1]}


def test_there_is_one_pytest_item_for_each_check_named_by_its_code(sound):
    found = items(conformance(sound))
    assert [name for name, _ in found.values()] == [f"{c.code}-{c.name}" for c in CHECKS]


def test_the_item_of_a_finding_fails_with_place_and_advice_and_the_others_pass(untitled):
    test = conformance(untitled)
    found = items(test)
    test(found["PC140"][1])
    with pytest.raises(pytest.fail.Exception) as caught:
        test(found["PC141"][1])
    assert "__init__.py:" in str(caught.value)
    assert "say in two or three words what it does" in str(caught.value)


def test_one_call_fails_with_every_finding(untitled):
    with pytest.raises(
        AssertionError, match=r"not ready:\n  - \S+:\d+: PC141 action 'post_message'"
    ):
        check_destination(untitled)


def test_an_item_with_nothing_to_look_at_is_skipped_with_the_reason():
    test = conformance(object())
    with pytest.raises(pytest.skip.Exception, match="not a destination that can be loaded"):
        test(items(test)["PC141"][1])


def test_an_accepted_finding_is_kept_with_its_reason(untitled):
    with (untitled / "pyproject.toml").open("a") as file:
        file.write('[tool.portcall.check.ignore]\nPC141 = "titles are for cowards"\n')
    report = check(untitled)
    assert report.findings == ()
    [(finding, reason)] = report.accepted
    assert (finding.code, reason) == ("PC141", "titles are for cowards")


def test_a_finding_is_not_accepted_without_a_reason(untitled):
    with (untitled / "pyproject.toml").open("a") as file:
        file.write('[tool.portcall.check.ignore]\nPC141 = " "\n')
    assert [each.code for each in check(untitled).findings] == ["PC141"]


class Raising:
    @hookimpl
    def allowed_hosts(self):
        return ["api.example.com"]

    @hookimpl
    def actions(self):
        raise RuntimeError("no luck")


def test_a_check_that_crashes_is_a_finding_and_ends_no_other():
    report = check(Raising())
    assert "RuntimeError: no luck; portcall: in actions" in report.findings[0].text
    assert "PC101" in report.passed


def test_an_unknown_slug_is_told_what_is_near():
    with pytest.raises(UnknownPluginError, match="did you mean 'segment'"):
        check("segmnt")


def test_an_unknown_code_is_told_what_is_near(sound):
    with pytest.raises(SettingsError, match="did you mean PC14"):
        check(sound, only=["PC14X"])


def test_a_folder_without_a_project_says_what_is_meant(tmp_path):
    with pytest.raises(PluginLoadError, match=r"has no pyproject\.toml"):
        check(tmp_path)


def test_nothing_of_a_checked_folder_stays_importable(sound):
    import sys

    before = sys.path[:]
    check(sound)
    assert sys.path == before
    assert "portcall_acme" not in sys.modules
