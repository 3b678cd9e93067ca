"""A URL alone is no authorization."""

from __future__ import annotations

from portcall import hookimpl


@hookimpl.begin_authorization  # wrong: a URL alone is no authorization
def begin_authorization(redirect_url: str) -> str:
    return redirect_url
