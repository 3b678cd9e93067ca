"""An identity that the destination calls a name."""

from __future__ import annotations

from portcall import Client, hookimpl


@hookimpl.test_authentication
def test_authentication(client: Client) -> str:
    name: str = client.get("/me").json()["name"]
    return name
