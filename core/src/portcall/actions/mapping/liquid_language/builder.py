"""From the pieces of a template to closures, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import attrs

from portcall.actions.mapping.liquid_language.chains import chain
from portcall.actions.mapping.liquid_language.chunks import Chunk, Output, Tag
from portcall.actions.mapping.liquid_language.expressions import Expressions
from portcall.actions.mapping.liquid_language.javascript import show
from portcall.actions.mapping.liquid_language.operators import Term
from portcall.actions.mapping.liquid_language.scope import LiquidError, Scope

Write = Callable[[str], None]
Node = Callable[[Scope, Write], None]
"""What a piece of a template compiles to."""


@attrs.define
class Builder:
    """Compiles the pieces of one template in their order.

    Args:
        chunks: What is left of the template.
        tag_named: The function that compiles a tag, by the tag's name.
        expressions: What is known of the template so far.
    """

    chunks: deque[Chunk]
    tag_named: Callable[[str], BuildTag]
    expressions: Expressions = attrs.field(factory=Expressions)

    def nodes(self) -> list[Node]:
        """Return what all pieces compile to."""
        found: list[Node] = []
        while self.chunks:
            self.add(self.chunks.popleft(), found)
        return found

    def add(self, chunk: Chunk, nodes: list[Node]) -> None:
        """Compile one piece, and all that belongs to it.

        Args:
            chunk: The piece.
            nodes: Grows.

        Raises:
            LiquidError: It cannot be compiled.
        """
        if isinstance(chunk, Tag):
            nodes.append(self.tag_named(chunk.name)(self, chunk))
        elif isinstance(chunk, Output):
            nodes.append(output(self.value(chunk)))
        elif chunk.shown:
            nodes.append(text_node(chunk.shown))

    def value(self, chunk: Output) -> Term:
        """Read the value in a tag or an output, with its filters."""
        return chain(self.expressions, chunk.inside)

    def until(self, opener: Tag, *ends: str) -> tuple[list[Node], Tag]:
        """Return what compiles up to one of some tags, and that tag.

        Args:
            opener: The tag that has to be closed.
            ends: Names of tags.

        Raises:
            LiquidError: The template ends before.
        """
        nodes: list[Node] = []
        while self.chunks:
            chunk = self.chunks.popleft()
            if isinstance(chunk, Tag) and chunk.name in ends:
                return nodes, chunk
            self.add(chunk, nodes)
        raise _not_closed(opener)

    def skipped(self, opener: Tag, end: str) -> list[str]:
        """Return the pieces up to a tag as they are written."""
        found: list[str] = []
        while self.chunks:
            chunk = self.chunks.popleft()
            if isinstance(chunk, Tag) and chunk.name == end:
                return found
            found.append(chunk.raw)
        raise _not_closed(opener)


def _not_closed(opener: Tag) -> LiquidError:
    return LiquidError(f"has a tag {opener.name!r} that is not closed")


def text_node(text: str) -> Node:
    """Return what writes a text."""
    return lambda _scope, write: write(text)


def output(term: Term) -> Node:
    """Return what writes a value."""
    read = term.read
    return lambda scope, write: write(show(read(scope)))


def run(nodes: Iterable[Node], scope: Scope, write: Write) -> None:
    """Render some pieces."""
    for node in nodes:
        node(scope, write)


BuildTag = Callable[[Builder, Tag], Node]
"""Compiles one tag, and takes from the builder what belongs to it."""
