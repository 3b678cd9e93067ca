"""Where the store is, and who can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from portcall.store import SQLiteStore, StoreUnavailableError, create_key, home
from portcall.testing.store_suite.checking import sample

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_portcall_home_overrides(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "x"))
    assert home() == tmp_path / "x"
    monkeypatch.setenv("PORTCALL_HOME", "~/here")
    assert home() == Path.home() / "here"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTCALL_HOME", "relative")
    assert home() == tmp_path / "relative"


@pytest.mark.parametrize(
    ("platform", "variable", "value", "want"),
    [
        ("linux", "XDG_DATA_HOME", "/data", "/data/portcall"),
        ("linux", "XDG_DATA_HOME", "relative", "{user}/.local/share/portcall"),
        ("linux", "XDG_DATA_HOME", "", "{user}/.local/share/portcall"),
        ("darwin", "XDG_DATA_HOME", "/data", "{user}/Library/Application Support/portcall"),
        ("win32", "LOCALAPPDATA", "/data", "/data/portcall"),
        ("win32", "LOCALAPPDATA", "", "{user}/AppData/Local/portcall"),
    ],
)
def test_each_system_has_its_place(monkeypatch, platform, variable, value, want):
    monkeypatch.setenv("PORTCALL_HOME", "")
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr("sys.platform", platform)
    assert str(home()) == want.format(user=Path.home())


def test_nothing_is_made_before_it_is_used(home):
    SQLiteStore().close()
    assert not home.exists()


def test_nobody_else_can_read_a_thing(home):
    before = os.umask(0)
    try:
        create_key(home)
        store = SQLiteStore(home / "deep" / "er")
        store.create(sample())
        with store.transaction(write=True) as rows, store.lock("acme"):
            rows.delete("acme")
            found = modes(home)
    finally:
        os.umask(before)
    assert {"connections.sqlite3", "connections.sqlite3-wal", "connections.sqlite3-shm"} <= set(
        found
    )
    folders = {"home", "deep", "er", "locks"}
    assert {name: mode for name, mode in found.items() if name in folders} == dict.fromkeys(
        folders, 0o700
    )
    assert {mode for name, mode in found.items() if name not in folders} == {0o600}


def test_a_file_that_others_can_read_is_tightened(store, home):
    file = home / "connections.sqlite3"
    file.chmod(0o644)
    assert store.names() == ["acme"]
    assert modes(home)["connections.sqlite3"] == 0o600


@pytest.mark.parametrize("mode", [0o755, 0o701, 0o777, 0o1777])
def test_a_folder_that_others_can_enter_is_refused_and_left_alone(home, mode):
    home.mkdir()
    home.chmod(mode)
    with pytest.raises(StoreUnavailableError, match=f"chmod 700 {home}"):
        SQLiteStore().names()
    with pytest.raises(StoreUnavailableError, match="open to other users"):
        create_key()
    assert stat.S_IMODE(home.stat().st_mode) == mode
    assert not list(home.iterdir())


def test_a_folder_that_is_none_is_refused(home):
    home.write_text("")
    with pytest.raises(StoreUnavailableError, match="not a folder"):
        SQLiteStore().names()
    with pytest.raises(StoreUnavailableError, match="cannot be used"):
        SQLiteStore(home / "below").names()


def test_a_store_file_that_is_a_link_is_refused(store, home):
    file = home / "connections.sqlite3"
    file.rename(home / "elsewhere")
    file.symlink_to(home / "elsewhere")
    with pytest.raises(StoreUnavailableError, match="not a file of this user"):
        store.names()


@root_only
def test_a_folder_of_another_user_is_refused(home):
    home.mkdir(0o700)
    os.chown(home, 65534, 65534)
    with pytest.raises(StoreUnavailableError, match="another user"):
        SQLiteStore().names()


def test_a_store_that_was_removed_starts_anew(store, home):
    (home / "connections.sqlite3").unlink()
    assert store.names() == []
    store.create(sample("other"))
    assert SQLiteStore().names() == ["other"]
