"""A client is no session of another library."""

from __future__ import annotations

from collections.abc import Iterator

from portcall import hookimpl


@hookimpl.test_authentication  # wrong: a client is no session of another library
def test_authentication(client: Iterator[str]) -> str:
    return next(client)
