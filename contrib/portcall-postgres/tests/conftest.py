"""A PostgreSQL server, with a database of its own for every test."""

from __future__ import annotations

from functools import partial

import pytest

from portcall_postgres import PostgresStore


@pytest.fixture
def server(real_server):
    return real_server("postgres")


@pytest.fixture
def url(server):
    """A connection string to an empty database."""
    return server.new_database()


@pytest.fixture
def store_factory(url):
    """What the store suite asks for."""
    return partial(PostgresStore, url)
