"""A hook that is asked without pluggy answers as with it, and pluggy asks where that would differ."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from portcall import Auth, Request, RequestOptions, Response, hookimpl
from portcall.plugins.layers import Layer
from portcall.plugins.stack import Stack

REQUEST = Request(method="GET", url="/")


class Weak:
    @hookimpl
    def extend_request(self, payload: object) -> RequestOptions:
        return RequestOptions(base_url=f"https://weak/{payload}")

    @hookimpl
    def send_request(self) -> Response:
        return Response(status=200)


class Silent:
    @hookimpl
    def extend_request(self) -> None:
        return None

    @hookimpl
    def send_request(self, request: Request) -> None:
        return None


class Strong:
    @hookimpl
    def extend_request(self, auth: Auth, request: Request) -> RequestOptions:
        return RequestOptions(base_url=f"https://strong{request.url}{auth.token_type}")


class Wrapping:
    @hookimpl(wrapper=True)
    def extend_request(self) -> Generator[None, list[RequestOptions], list[RequestOptions]]:
        answers = yield
        return [RequestOptions(base_url="https://wrapped"), *answers]


def _stack(*plugins: object) -> Stack:
    return Stack("acme", [Layer("extra", f"e{n}", "here", p) for n, p in enumerate(plugins)])


def _bases(stack: Stack) -> list[str | None]:
    return [each.base_url for each in stack.extend_request(REQUEST, None, Auth(), 7)]


def test_answers_come_strongest_first_and_without_none() -> None:
    assert _bases(_stack(Weak(), Silent(), Strong())) == ["https://strong/bearer", "https://weak/7"]


def test_the_first_answer_that_is_not_none_counts() -> None:
    assert _stack(Weak(), Silent()).send_request(REQUEST).status == 200


def test_a_wrapper_goes_around_the_others() -> None:
    assert _bases(_stack(Weak(), Wrapping())) == ["https://wrapped", "https://weak/7"]


def test_a_plugin_that_is_registered_or_removed_later_counts_from_then_on() -> None:
    stack, strong = _stack(Weak()), Strong()
    assert _bases(stack) == ["https://weak/7"]
    stack.manager.register(strong)
    assert _bases(stack) == ["https://strong/bearer", "https://weak/7"]
    stack.manager.unregister(strong)
    assert _bases(stack) == ["https://weak/7"]


def test_tracing_sees_a_hook_that_was_asked_before_it_began() -> None:
    stack, seen = _stack(Weak()), list[Any]()
    _bases(stack)
    stack.manager.trace.root.setwriter(seen.append)
    stack.manager.enable_tracing()
    _bases(stack)
    assert any("extend_request" in line for line in seen)


def test_an_exception_names_the_hook_and_the_plugin() -> None:
    class Broken:
        @hookimpl
        def extend_request(self) -> RequestOptions:
            raise LookupError("gone")

    with pytest.raises(LookupError) as caught:
        _bases(_stack(Weak(), Broken(), Strong()))
    assert caught.value.__notes__ == ["portcall: in extend_request of plugin 'e1' (here)"]
