"""The server that speaks AWS's APIs."""

import pytest


@pytest.fixture
def aws(real_server):
    return real_server("moto")
