"""A refresh has no response."""

from __future__ import annotations

from portcall import Auth, Response, hookimpl


@hookimpl.refresh_access_token  # wrong: a refresh has no response
def refresh_access_token(response: Response) -> Auth:
    return Auth(access_token=response.text)
