"""Fixtures for pytest; take them with ``pytest_plugins = ["portcall.testing.pytest_plugin"]``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portcall.testing.peer import Peer
from portcall.testing.stand_in import StandInHost


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A loopback server that records what arrives; see `portcall.testing.Peer`."""
    with Peer() as running:
        yield running


@pytest.fixture
def host() -> Iterator[StandInHost]:
    """A host that may talk to the peer; see `portcall.testing.StandInHost`."""
    with StandInHost() as opened:
        yield opened
