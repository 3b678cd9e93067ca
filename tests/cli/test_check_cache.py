"""What `portcall destinations` remembers: the list is what a check would find, or is made by one."""

import json
import os
import runpy
import sys
from pathlib import Path

import pytest

import portcall
import portcall.cli.app
import portcall.cli.commands.destinations
import portcall.cli.destinations.load_check
import portcall.host  # all that loading a plugin needs: the import path below has not all of it
from portcall.cli import main
from portcall.cli.destinations.checked_file import place
from portcall.cli.destinations.remembered_list import remembered_list

PLUGINS = runpy.run_path(str(Path(__file__).with_name("plugins.py")))
COUNTED = """
import os, pathlib
with open(os.environ["COUNT"], "a") as file:
    file.write("x")
if os.path.exists(os.environ["COUNT"] + ".broken"):
    raise RuntimeError("hunter2 does not fit")
""" + PLUGINS["LEAVER"]


OWN = """[portcall.schemes]
custom = portcall.schemes.custom
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An import path with portcall and one plugin, which writes down how often it is loaded."""
    folder = tmp_path / "site"
    folder.mkdir()
    PLUGINS["install"](folder, "counted", COUNTED)
    info = folder / f"portcall-{portcall.__version__}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: portcall\nVersion: {portcall.__version__}\n")
    (info / "entry_points.txt").write_text(OWN)
    kept = [place for place in sys.path if "site-packages" not in place]
    monkeypatch.setattr(sys, "path", [str(folder), *kept])
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    yield folder
    for name in [name for name in sys.modules if name.endswith("_cli_test")]:
        del sys.modules[name]


@pytest.fixture
def listed(tmp_path, capfd):
    """Return the row of the plugin, and how often it was loaded for it."""
    count = tmp_path / "count"

    def call(*options):
        before = count.stat().st_size if count.exists() else 0
        code = main(["destinations", "--json", *options])
        out = capfd.readouterr().out
        assert code == 0, out
        rows = [row for row in json.loads(out) if row["slug"] == "counted"]
        return rows[0] if rows else None, (count.stat().st_size if count.exists() else 0) - before

    return call


def _module(site):
    return next(iter(site.glob("*.py")))


def _metadata(site):
    return next(path for path in site.glob("*.dist-info") if "counted" in path.name)


def test_a_plugin_that_was_checked_is_not_loaded_again(site, listed):
    first, loads = listed()
    assert (first["status"], loads) == ("ok", 1)
    assert listed() == (first, 0)


def test_without_the_cache_it_is_loaded_each_time(site, listed):
    assert listed()[1] == 1
    assert listed("--no-cache")[1] == 1


def test_a_changed_file_is_checked_anew_even_if_its_size_is_the_same(site, listed):
    listed()
    path = _module(site)
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert listed()[1] == 1
    assert listed()[1] == 0


def test_a_new_file_in_a_place_of_the_import_path_is_seen(site, listed):
    listed()
    (site / "another.py").write_text("")
    assert listed()[1] == 1


def test_another_version_is_checked_anew_and_shown(site, listed):
    listed()
    info = _metadata(site) / "METADATA"
    info.write_text(info.read_text().replace("Version: 1.2.3", "Version: 1.2.4"))
    row, loads = listed()
    assert (row["version"], loads) == ("1.2.4", 1)


def test_a_plugin_that_was_removed_is_listed_no_more(site, listed):
    listed()
    for path in _metadata(site).iterdir():
        path.unlink()
    assert listed() == (None, 0)


def test_another_python_or_portcall_checks_for_itself(site, listed, monkeypatch):
    listed()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "3.99.0 (another)")
        assert listed()[1] == 1
    with monkeypatch.context() as patch:
        patch.setattr("portcall.cli.destinations.check_cache.__version__", "9.9.9")
        assert listed()[1] == 1
    assert listed()[1] == 0


def test_a_broken_plugin_is_checked_each_time_and_its_message_is_kept_nowhere(
    site, listed, tmp_path
):
    (tmp_path / "count.broken").touch()
    row, loads = listed()
    assert (row["status"], loads) == ("broken", 1)
    assert "hunter2" in row["reason"]
    assert "hunter2" not in Path(place()).read_text()
    assert listed()[1] == 1
    (tmp_path / "count.broken").unlink()
    assert listed()[0]["status"] == "ok"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{",
        b"{}",
        b"[1]",
        b"\n" * 100_000,
        b"row\tcounted\tcustom\tx\t1\tok\t",
        b"key\nrow\t1",
        b" " * (4 * 1024 * 1024 + 1),
    ],
    ids=["empty", "no text", "object", "number", "lines", "row", "entry", "large"],
)
def test_a_cache_that_is_not_readable_costs_time_and_nothing_else(site, listed, content):
    good, _ = listed()
    Path(place()).write_bytes(content)
    assert listed() == (good, 1)
    assert listed() == (good, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"row\tcounted\t", b"row\tcounted\t\t"),
        (b"row\tcounted\t", b"row\t"),
        (b"row\tcounted\t", b"row\t\\u12\t"),
        (b"tree\t", b"tree\t\\x\t"),
        (b"tree\t", b"tree\t1"),
        (b"place\t", b"place\t1"),
        (b"\nplace\t", b"\n"),
    ],
    ids=["a cell too many", "too few", "no escape", "nor here", "time", "path", "place"],
)
def test_a_line_that_was_never_written_so_is_not_shown(site, listed, before, after):
    good, _ = listed()
    path = Path(place())
    changed = path.read_bytes().replace(before, after, 1)
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    assert listed() == (good, 1)


def test_any_path_and_any_name_is_remembered(site, listed, monkeypatch):
    odd = site.parent / "a\ttab\nline \\n \N{SNOWMAN}"
    odd.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(odd), "\udcff"])
    first = listed()
    assert (listed(), first[1]) == ((first[0], 0), 1)
    (odd / "more.py").write_text("")
    assert listed()[1] == 1


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(site, listed, tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "cache").write_text("a file where the folder would be")
    assert listed()[1] == 1
    assert listed()[1] == 1


def test_the_cache_is_for_this_user_only_and_leaves_no_other_file(site, listed):
    listed()
    path = Path(place())
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.parent.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_as_many_environments_are_remembered_as_are_allowed(site, listed, tmp_path, monkeypatch):
    monkeypatch.setattr("portcall.cli.destinations.check_cache.MOST_ENVIRONMENTS", 2)
    for number in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "path", [*sys.path, str(tmp_path / f"more{number}")])
            listed()
    blocks = Path(place()).read_text().split("\n\n")
    assert [block.split("\t")[0] for block in blocks] == ["key", "key"]


def test_the_list_for_people_is_the_same_whether_or_not_the_command_runs(
    site, listed, capfd, monkeypatch
):
    listed()
    at_once = remembered_list()
    assert at_once.split()[:5] == ["slug", "scheme", "distribution", "version", "status"]
    for words in (["destinations"], ["--debug", "destinations"]):
        assert main(words) == 0
        assert capfd.readouterr().out == f"{at_once}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert remembered_list().endswith("\x1b[32mok\x1b[0m")
    monkeypatch.setenv("NO_COLOR", "1")
    assert remembered_list() == at_once


@pytest.mark.parametrize("why", ["plugins", "project", "folder", "changed", "broken", "forgotten"])
def test_the_command_runs_where_the_list_may_be_another(site, listed, tmp_path, monkeypatch, why):
    monkeypatch.chdir(tmp_path)
    if why == "broken":
        (tmp_path / "count.broken").touch()
    listed()
    assert (remembered_list() is None) is (why == "broken")
    if why == "plugins":
        monkeypatch.setenv("PORTCALL_PLUGINS", str(tmp_path))
    elif why == "project":
        monkeypatch.setenv("PORTCALL_PROJECT", str(tmp_path))
    elif why == "folder":
        (tmp_path / "portcall.toml").write_text("")
    elif why == "changed":
        os.utime(_module(site))
    elif why == "forgotten":
        Path(place()).unlink()
    assert remembered_list() is None


def test_what_is_remembered_is_shown_without_the_packages_that_loading_needs(process, tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)  # a folder of the import path: it may hold a module
    env = {"PYTHONPATH": "", "PYTHONPROFILEIMPORTTIME": "1"}
    process("destinations", env={"PYTHONPATH": ""})
    needed = {"attr", "importlib_metadata", "pathlib", "portcall.host"}
    at_once = _imported(process("destinations", env=env))
    assert "portcall.cli.destinations.check_cache" in at_once
    assert {*needed, "click.core", "json", "textwrap"} & at_once == set()
    by_command = _imported(process("destinations", "--json", env=env))
    assert "click.core" in by_command
    assert needed & by_command == set()


def _imported(outcome):
    return {line.rpartition("|")[2].strip() for line in outcome.err.splitlines()}
