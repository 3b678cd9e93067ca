"""Several answers come as a list."""

from __future__ import annotations

from collections.abc import Generator

from portcall import RequestOptions, hookimpl


@hookimpl.extend_request(wrapper=True)  # wrong: several answers come as a list
def extend_request() -> Generator[None, RequestOptions, RequestOptions]:
    return (yield)
