"""Fixtures for pytest; take them with ``pytest_plugins = ["portcall.testing.pytest_plugin"]``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portcall.host import Host
from portcall.testing.peer import LOOPBACK, Peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A loopback server that records what arrives; see `portcall.testing.Peer`."""
    with Peer() as running:
        yield running


@pytest.fixture
def host() -> Iterator[Host]:
    """A host that may talk to the peer."""
    with Host(allow_private=[LOOPBACK]) as opened:
        yield opened
