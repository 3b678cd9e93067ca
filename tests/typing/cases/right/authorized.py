"""What came back from the person's browser."""

from __future__ import annotations

from collections.abc import Mapping

from portcall import Auth, Text, hookimpl


@hookimpl.finish_authorization
def finish_authorization(pending: Mapping[str, Text], redirected_url: str) -> Auth:
    return Auth(access_token=pending["state"], scopes=[redirected_url])
