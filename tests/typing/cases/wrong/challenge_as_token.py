"""A token alone is no auth."""

from __future__ import annotations

from portcall import Client, hookimpl


@hookimpl.answer_challenge  # wrong: a token alone is no auth
def answer_challenge(client: Client) -> str:
    return client.post("/login").text
