"""Broken or contradictory metadata never breaks the host."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import portcall
from portcall import Host
from portcall.plugins.catalog import Catalog
from portcall.plugins.published import PUBLISHED

ROOT = Path(__file__).parents[2]


def test_two_distributions_of_one_slug_are_named_when_it_is_used(environment, good_works):
    environment.install("twin", name="portcall-twin")
    environment.install("twin", name="acme-twin")
    host = Host()
    assert "twin" in host.destinations
    with pytest.raises(portcall.AmbiguousPluginError, match="acme-twin 1.2.3") as caught:
        host.destination("twin")
    assert "portcall-twin 1.2.3" in str(caught.value)
    good_works()


def test_one_distribution_of_two_versions_is_the_newer_one(environment, good_works):
    environment.install("old", version="1.9.0")
    environment.install("old", version="1.10.0")
    host = Host()
    assert host.destinations["old"].version == "1.10.0"
    assert host.destination("old").fields
    good_works()


@pytest.mark.parametrize(
    "metadata",
    [b"", b"Version: 1\n", b"\xff\xfe\x00", b"Name: \n\n", b"\x00" * 100, b"Name: x\rVersion: y"],
    ids=["empty", "no-name", "undecodable", "blank-name", "zeros", "one-line"],
)
def test_metadata_that_cannot_be_read_hides_nothing(metadata, environment, good_works):
    environment.install("odd", metadata=metadata)
    assert Host().destination("odd").fields[0].name == "endpoint"
    good_works()


@pytest.mark.parametrize(
    "advert",
    [
        b"\xff\xff\xff",
        b"[portcall.destinations\nx = y",
        b"portcall.destinations",
        b"[portcall.destinations]\n= y\n==\n[]\n[portcall.destinations]\nz",
        b"[portcall.destinations]\nUPPER CASE = portcall_good\n",
    ],
    ids=["undecodable", "no-bracket", "no-section", "no-names", "bad-name"],
)
def test_entry_points_that_cannot_be_read_hide_nothing(advert, environment, good_works):
    info = environment.install("odd")
    (info / "entry_points.txt").write_bytes(advert)
    for slug in Host().destinations:
        assert isinstance(slug, str)
    good_works()


def test_a_name_nobody_can_type_is_refused_when_it_is_used(environment):
    environment.install("UPPER CASE", name="portcall-upper")
    with pytest.raises(portcall.PluginLoadError, match="lower-case"):
        Host().destination("UPPER CASE")


def test_a_folder_in_the_place_of_a_file_hides_nothing(environment, good_works):
    info = environment.install("odd")
    (info / "entry_points.txt").unlink()
    (info / "entry_points.txt").mkdir()
    good_works()


def test_an_unknown_name_gets_a_suggestion(environment):
    with pytest.raises(portcall.UnknownPluginError, match="did you mean 'good'"):
        Host().destination("goood")


@pytest.mark.parametrize("typed", ["nothing-like-it", "requests", "evil-package --index-url=x"])
def test_an_unknown_name_is_never_advice_to_install_it(typed, environment):
    with pytest.raises(portcall.UnknownPluginError, match="; installed: ") as caught:
        Host().destination(typed)
    assert "pip install" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("segment", "try: pip install portcall-segment"),
        ("segmnet", "did you mean 'segment'? try: pip install portcall-segment"),
        ("hubspot", "try: pip install portcall-hubspot"),
    ],
)
def test_a_destination_of_this_project_is_advice_to_install_it(typed, advice):
    with pytest.raises(portcall.UnknownPluginError) as caught:
        Catalog()[typed]
    assert str(caught.value).endswith(f"; {advice}")


def test_a_missing_scheme_of_this_project_is_advice_to_install_it():
    with pytest.raises(portcall.UnknownPluginError, match="pip install portcall-session"):
        Catalog(group="portcall.schemes")["session"]


def test_a_missing_module_of_this_project_is_advice_to_install_its_package(
    environment, monkeypatch
):
    monkeypatch.setitem(sys.modules, "portcall_session", None)
    environment.install("needs", "from portcall_session import SessionLogin")
    with pytest.raises(portcall.PluginLoadError, match="try: pip install portcall-session$"):
        Host().destination("needs")
    environment.install("wants", "import nothing_of_that_name")
    with pytest.raises(portcall.PluginLoadError) as caught:
        Host().destination("wants")
    assert "pip install" not in str(caught.value)


def test_what_is_published_is_what_the_projects_folders_offer():
    offered = {group: {} for group in PUBLISHED}
    for path in [ROOT / "core/pyproject.toml", *ROOT.glob("*/portcall-*/pyproject.toml")]:
        project = tomllib.loads(path.read_text())["project"]
        for group, offers in project.get("entry-points", {}).items():
            offered[group] |= dict.fromkeys(offers, project["name"])
    assert offered == PUBLISHED


def test_discovery_imports_no_plugin(environment):
    environment.install("bomb", "raise SystemExit")
    code = (
        "import sys; from portcall import Host; print(len(Host().destinations) > 1,"
        "[m for m in sys.modules if m.startswith('portcall_')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(environment.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "True []\n"


def test_refresh_sees_what_was_installed_meanwhile(environment):
    host = Host()
    assert "later" not in host.destinations
    environment.install("later")
    host.refresh()
    assert host.destination("later").fields


def test_refresh_forgets_a_plugin_that_became_ambiguous(environment):
    environment.install("acme")
    host = Host()
    assert host.destination("acme")
    environment.install("acme", name="other-acme")
    host.refresh()
    with pytest.raises(portcall.AmbiguousPluginError):
        host.destination("acme")
