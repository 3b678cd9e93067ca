"""What is listed are actions, no plain functions."""

from __future__ import annotations

from collections.abc import Callable

from portcall import Client, hookimpl


def post(client: Client) -> None:
    client.post("/messages")


@hookimpl.actions  # wrong: what is listed are actions, no plain functions
def actions() -> list[Callable[[Client], None]]:
    return [post]
