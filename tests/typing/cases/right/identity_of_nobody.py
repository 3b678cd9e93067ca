"""A test that has no identity to give."""

from __future__ import annotations

from portcall import Client, hookimpl


@hookimpl.test_authentication
def test_authentication(client: Client) -> None:
    client.get("/ping")
