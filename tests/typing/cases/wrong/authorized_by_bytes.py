"""What came back is a URL, no bytes."""

from __future__ import annotations

from portcall import Auth, hookimpl


@hookimpl.finish_authorization  # wrong: what came back is a URL, no bytes
def finish_authorization(redirected_url: bytes) -> Auth:
    return Auth(access_token=redirected_url.decode())
