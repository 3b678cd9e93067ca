"""Stores in a folder of the test's own; the tester's keys and folder are not seen."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode

import pytest

from portcall.store import SQLiteStore
from portcall.testing.store_suite.checking import sample


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder that PORTCALL_HOME names, not made yet."""
    for name in ("PORTCALL_KEY", "PORTCALL_KEY_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def store(home):
    """A store with one record, ``acme``."""
    opened = SQLiteStore()
    opened.create(sample())
    return opened


@pytest.fixture
def new_key():
    """Makes keys."""
    return lambda: urlsafe_b64encode(os.urandom(32)).decode()
