"""An extra that runs around a hook with several answers."""

from __future__ import annotations

from collections.abc import Generator

from portcall import RequestOptions, hookimpl


@hookimpl.extend_request(wrapper=True)
def extend_request() -> Generator[None, list[RequestOptions], list[RequestOptions]]:
    return [*(yield), RequestOptions(headers={"X-Trace": "1"})]
