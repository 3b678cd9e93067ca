"""From the text of a template to a closure that renders it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from portcall.actions.mapping.liquid_language.builder import Builder
from portcall.actions.mapping.liquid_language.chunks import cut
from portcall.actions.mapping.liquid_language.scope import LiquidError, Scope
from portcall.actions.mapping.liquid_language.tags import Stop, tag_named

Render = Callable[[Mapping[str, Any]], str]
"""A compiled template: event in, text out."""


def compile_template(source: str) -> Render:
    """Compile a template, once for all events.

    Args:
        source: Liquid as LiquidJS 10 reads it, without loops and partials.

    Returns:
        Call it with an event, which is neither changed nor copied; raises `LiquidError` where the
        template fails for this event or makes too much, `MappingError` for what is not JSON.

    Raises:
        LiquidError: The template cannot be compiled, or could only fail.
    """
    try:
        nodes = tuple(Builder(deque(cut(source)), tag_named).nodes())
    except RecursionError:
        raise LiquidError("is nested too deeply") from None

    def render(event: Mapping[str, Any]) -> str:
        scope = Scope(event)
        parts: list[str] = []
        write = parts.append
        try:
            for node in nodes:
                node(scope, write)
        except Stop:
            pass
        return scope.joined(parts)

    return render
