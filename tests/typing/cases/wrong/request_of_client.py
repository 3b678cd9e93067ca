"""No client while a request is made."""

from __future__ import annotations

from portcall import Client, RequestOptions, hookimpl


@hookimpl.extend_request  # wrong: no client while a request is made
def extend_request(client: Client) -> RequestOptions:
    return RequestOptions(base_url=client.get("/").url)
