"""However a plugin was installed, it is found once, with the name and version of its distribution."""

import shutil
import sys

import pytest

from .conftest import pip, run, site_of, unpack

FOUND = {"acme": "portcall-acme 1.2.0"}


@pytest.mark.parametrize("layout", [".", "src"])
def test_an_editable_install_is_one_destination(layout, project, ask, tmp_path):
    made = project(layout=layout)
    pip("install", "--prefix", tmp_path / "env", "-e", made.folder)
    if not list(made.code.glob("*.egg-info")):  # setuptools before 83 left it there by itself
        made.setup("egg_info")
    site = site_of(tmp_path / "env")
    assert ask(site) == FOUND
    assert ask(site, cwd=made.code) == FOUND
    assert ask(site, path=[made.code], cwd=made.code) == FOUND


def test_an_editable_install_wins_over_older_metadata_in_its_project(project, ask, tmp_path):
    made = project(version="1.1.0")
    made.setup("egg_info")
    text = (made.folder / "pyproject.toml").read_text()
    (made.folder / "pyproject.toml").write_text(text.replace('"1.1.0"', '"1.2.0"'))
    left = made.folder / "portcall_acme.egg-info"
    old = shutil.copytree(left, tmp_path / "old")
    pip("install", "--prefix", tmp_path / "env", "-e", made.folder)
    shutil.rmtree(left)
    shutil.copytree(old, left)
    assert ask(site_of(tmp_path / "env"), cwd=made.folder) == FOUND


def test_pip_installs_a_plugin_into_a_target_folder(wheels, ask, tmp_path):
    pip("install", "--target", tmp_path / "there", wheels())
    assert ask(path=[tmp_path / "there"]) == FOUND
    assert ask(path=[tmp_path / "there", tmp_path / "there" / "."]) == FOUND


def test_code_of_the_current_folder_counts_before_an_installed_copy(project, wheels, ask, tmp_path):
    site = unpack(wheels(version="1.1.0"), tmp_path / "site")
    made = project()
    made.setup("egg_info")
    assert ask(site, cwd=made.folder) == FOUND
    assert ask(site) == {"acme": "portcall-acme 1.1.0"}


def test_egg_info_alone_is_enough(project, ask):
    made = project()
    made.setup("egg_info")
    assert ask(path=[made.folder]) == FOUND


def test_an_egg_is_found_zipped_and_unpacked(project, ask, tmp_path):
    project().setup("bdist_egg", "-d", tmp_path / "eggs")
    egg = next((tmp_path / "eggs").glob("*.egg"))
    assert ask(path=[egg]) == FOUND
    assert ask(path=[unpack(egg, tmp_path / egg.name)]) == FOUND
    site = tmp_path / "site"
    site.mkdir()
    (site / "easy-install.pth").write_text(f"{egg}\n")
    assert ask(site) == FOUND


def test_a_wheel_on_the_path_is_found_without_being_unpacked(wheels, ask):
    assert ask(path=[wheels()]) == FOUND
    assert ask(path=[wheels(), wheels(version="1.1.0")]) == FOUND


def test_a_pth_file_leads_to_a_plugin(wheels, ask, tmp_path):
    elsewhere = unpack(wheels(), tmp_path / "elsewhere")
    site = tmp_path / "site"
    site.mkdir()
    (site / "more.pth").write_text(f"{elsewhere}\n")
    assert ask(site) == FOUND
    assert ask(site, path=[elsewhere]) == FOUND


def test_of_two_target_folders_the_one_that_is_imported_counts(wheels, ask, tmp_path):
    old = unpack(wheels(), tmp_path / "old")
    new = unpack(wheels(version="2.0"), tmp_path / "new")
    (new / "portcall_acme" / "__init__.py").write_text("")
    assert ask(path=[old, new]) == FOUND
    assert ask(path=[new, old]) == {"acme": "portcall-acme 2.0"}


def test_two_parts_of_a_namespace_package_are_two_plugins(wheels, ask, tmp_path):
    folders = [unpack(wheels(f"acme-{part}"), tmp_path / part) for part in ("eu", "us")]
    assert ask(path=folders) == {"acme-eu": "acme-eu 1.2.0", "acme-us": "acme-us 1.2.0"}


@pytest.mark.parametrize("other", ["Portcall.Acme", "PORTCALL--acme"])
def test_spellings_of_one_name_are_one_distribution(other, project, wheels, ask, tmp_path):
    made = project(other, layout="src")
    made.setup("egg_info")
    site = unpack(wheels(), tmp_path / "there")
    assert ask(path=[site, made.code]) == FOUND
    assert ask(path=[made.code, site]) == {"acme": f"{other} 1.2.0"}


def test_what_pip_was_about_to_remove_is_left_out(wheels, ask, tmp_path):
    site = unpack(wheels(), tmp_path / "there")
    left = site / "~ortcall_acme-1.3.0.dist-info"
    shutil.copytree(site / "portcall_acme-1.2.0.dist-info", left)
    metadata = (left / "METADATA").read_text()
    (left / "METADATA").write_text(metadata.replace("1.2.0", "1.3.0"))
    assert ask(path=[site]) == FOUND


def test_a_distribution_without_metadata_has_its_folders_name(wheels, ask, tmp_path):
    site = unpack(wheels(), tmp_path / "there")
    (site / "portcall_acme-1.2.0.dist-info" / "METADATA").unlink()
    assert ask(path=[site]) == {"acme": "portcall_acme 1.2.0"}


@pytest.mark.parametrize(
    ("left", "kept"), [("1.2.0rc1", "1.2.0"), ("1.2.0", "1.2.0.post1"), ("1.9", "1.10")]
)
def test_of_two_versions_in_one_folder_the_later_one_counts(left, kept, wheels, ask, tmp_path):
    for version in (left, kept):
        unpack(wheels(version=version), tmp_path / "there")
    assert ask(path=[tmp_path / "there"]) == {"acme": f"portcall-acme {kept}"}


def test_two_distributions_of_one_slug_are_both_named(wheels, tmp_path):
    for name in ("portcall-acme", "acme-for-portcall"):
        unpack(wheels(name), tmp_path / "there")
    code = (
        "from portcall import AmbiguousPluginError, Host\n"
        "try: Host().destination('acme')\n"
        "except AmbiguousPluginError as error: print(error)"
    )
    said = run(sys.executable, "-c", code, path=[tmp_path / "there"])
    assert "acme-for-portcall 1.2.0" in said
    assert "portcall-acme 1.2.0" in said
