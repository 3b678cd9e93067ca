"""Places in a path that no path has."""

from __future__ import annotations

from portcall import Client


def post(client: Client) -> None:
    client.post("/channels/{channel}", path={"channel": None})  # wrong: a place is not empty
    client.post("/channels", jsn={"text": "hi"})  # wrong: there is no such option
