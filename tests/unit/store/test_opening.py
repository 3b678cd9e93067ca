"""The store that a URL, or PORTCALL_STORE, asks for."""

import pytest

from portcall import SettingsError, SQLiteStore
from portcall.errors import UnknownPluginError
from portcall.store import open_store


def test_without_a_url_it_is_this_users_file(home, monkeypatch):
    monkeypatch.delenv("PORTCALL_STORE", raising=False)
    store = open_store()
    assert isinstance(store, SQLiteStore)
    assert store.place == str(home / "connections.sqlite3")
    assert not home.exists()


@pytest.mark.parametrize("given", [True, False])
def test_an_unknown_kind_says_what_is_installed(monkeypatch, given):
    url = "mongodb://ada:hunter2@db/portcall"
    monkeypatch.setenv("PORTCALL_STORE", "" if given else url)
    with pytest.raises(UnknownPluginError, match="a store at mongodb://") as caught:
        open_store(url if given else "")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["hunter2", "postgres", "/var/lib/portcall", "postgres:hunter2@x"])
def test_what_is_no_url_is_refused_and_not_repeated(monkeypatch, url):
    monkeypatch.setenv("PORTCALL_STORE", url)
    with pytest.raises(SettingsError, match="is a URL such as postgres://") as caught:
        open_store()
    assert "hunter2" not in str(caught.value)
