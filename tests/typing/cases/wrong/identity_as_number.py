"""An identity is text."""

from __future__ import annotations

from portcall import Client, hookimpl


@hookimpl.test_authentication  # wrong: an identity is text
def test_authentication(client: Client) -> int:
    return client.get("/me").status
