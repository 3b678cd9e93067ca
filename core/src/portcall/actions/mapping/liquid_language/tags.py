"""The tags of Liquid: all of LiquidJS 10 but those that Segment has switched off."""

from __future__ import annotations

import difflib
import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import attrs

from portcall.actions.mapping.liquid_language.chains import chain
from portcall.actions.mapping.liquid_language.chunks import Chunk, Output, Tag, lines
from portcall.actions.mapping.liquid_language.expressions import ABSENT, Expressions, Term
from portcall.actions.mapping.liquid_language.javascript import is_true, show, string
from portcall.actions.mapping.liquid_language.scope import LiquidError, Read, Scope
from portcall.actions.mapping.values import is_truthy

Write = Callable[[str], None]
Node = Callable[[Scope, Write], None]
"""What a piece of a template compiles to."""

_NOT_A_COMMENT: Final = re.compile(r"\n\s*[^#\s]")
_BLOCK: Final = {"super": ""}


class Stop(Exception):  # noqa: N818  # it is no error
    """The rest of the template is not rendered: ``break`` or ``continue`` outside of a loop."""


@attrs.define
class Builder:
    """Compiles the pieces of one template in their order.

    Args:
        chunks: What is left of the template.
        expressions: What is known of the template so far.
    """

    chunks: deque[Chunk]
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
            nodes.append(_tag_named(chunk.name)(self, chunk))
        elif isinstance(chunk, Output):
            nodes.append(_output(self.value(chunk)))
        elif chunk.shown:
            nodes.append(_text(chunk.shown))

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


def _text(text: str) -> Node:
    return lambda _scope, write: write(text)


def _output(term: Term) -> Node:
    read = term.read
    return lambda scope, write: write(show(read(scope)))


def _run(nodes: Iterable[Node], scope: Scope, write: Write) -> None:
    for node in nodes:
        node(scope, write)


def _if(builder: Builder, tag: Tag) -> Node:
    branches: list[tuple[Read, list[Node]]] = []
    otherwise: list[Node] = []
    opener, term = tag, builder.value(tag)
    while True:
        nodes, tag = builder.until(opener, "elsif", "else", "endif")
        branches.append((term.read, nodes))
        if tag.name != "elsif":
            break
        term = builder.value(tag)
    if tag.name == "else":
        _refuse_rest(tag)
        otherwise, tag = builder.until(opener, "elsif", "else", "endif")
    if tag.name != "endif":
        raise LiquidError(f"has a tag {tag.name!r} behind 'else'")
    _refuse_rest(tag)
    return _choice(branches, otherwise)


def _refuse_rest(tag: Tag) -> None:
    tag.inside.expect(tag.inside.done(), f"has more than its name in the tag {tag.name!r}")


def _unless(builder: Builder, tag: Tag) -> Node:
    term = builder.value(tag)
    negated = Term(lambda scope: not is_true(term.read(scope)))
    nodes, end = builder.until(tag, "elsif", "else", "endunless")
    branches, others = [(negated.read, nodes)], list[list[Node]]()
    while end.name != "endunless":  # what comes behind the first 'else' is passed over
        condition = builder.value(end) if end.name == "elsif" and not others else None
        nodes, end = builder.until(tag, "elsif", "else", "endunless")
        if condition:
            branches.append((condition.read, nodes))
        else:
            others.append(nodes)
    return _choice(branches, others[0] if others else [])


def _choice(branches: list[tuple[Read, list[Node]]], otherwise: list[Node]) -> Node:
    def node(scope: Scope, write: Write) -> None:
        for read, nodes in branches:
            if is_true(read(scope)):
                _run(nodes, scope, write)
                return
        _run(otherwise, scope, write)

    return node


def _assign(builder: Builder, tag: Tag) -> Node:
    name = tag.inside.identifier()
    tag.inside.expect(name, "needs a name to assign to")
    tag.inside.skip_blank()
    tag.inside.expect(tag.inside.skip("="), "needs '=' behind the name to assign to")
    read = builder.value(tag).read
    builder.expressions.assigned.add(name)

    def node(scope: Scope, _write: Write) -> None:
        scope.names[name] = read(scope)

    return node


def _capture(builder: Builder, tag: Tag) -> Node:
    name = tag.inside.identifier() or tag.inside.quoted()
    tag.inside.expect(name is not None, "needs a name to capture in")
    key = name or ""
    nodes, _end = builder.until(tag, "endcapture")
    builder.expressions.assigned.add(key)

    def node(scope: Scope, _write: Write) -> None:
        parts: list[str] = []
        _run(nodes, scope, parts.append)
        scope.names[key] = scope.joined(parts)

    return node


def _comment(builder: Builder, tag: Tag) -> Node:
    builder.skipped(tag, "endcomment")
    return _text("")


def _inline_comment(_builder: Builder, tag: Tag) -> Node:
    if _NOT_A_COMMENT.search(tag.inside.rest()):
        raise LiquidError("has a line in a comment that does not start with '#'")
    return _text("")


def _raw(builder: Builder, tag: Tag) -> Node:
    return _text("".join(builder.skipped(tag, "endraw")))


def _block(builder: Builder, tag: Tag) -> Node:
    """A part that a layout could replace; there are no layouts here, so its content is rendered."""
    builder.expressions.assigned.add("block")
    nodes, _end = builder.until(tag, "endblock")

    def node(scope: Scope, write: Write) -> None:
        outer = scope.root("block")
        scope.names["block"] = _BLOCK
        _run(nodes, scope, write)
        scope.names["block"] = outer

    return node


def _counter(step: int, *, before: bool) -> Callable[[Builder, Tag], Node]:
    """A counter that starts at the number of that name in the event, else at 0."""

    def build(builder: Builder, tag: Tag) -> Node:
        name = tag.inside.identifier()
        builder.expressions.assigned.add(name)

        def node(scope: Scope, write: Write) -> None:
            found = scope.counters.get(name, scope.event.get(name))
            count = found if isinstance(found, (int, float)) and not isinstance(found, bool) else 0
            scope.counters[name] = count + step
            write(show(count + step if before else count))

        return node

    return build


def _cycle(builder: Builder, tag: Tag) -> Node:
    """One value after the other; cycles without group share their place by how many values they have."""
    inside, expressions = tag.inside, builder.expressions
    first = expressions.value(inside)
    inside.skip_blank()
    named = first is not None and inside.skip(":")
    values = [first] if first and not named else []
    while not inside.done():
        value = expressions.value(inside)
        values += [value] if value else []
        inside.skip_past(",")
    inside.expect(values, "has a tag 'cycle' without values")
    group = first.read if first and named else ABSENT.read
    reads = [each.read for each in values]

    def node(scope: Scope, write: Write) -> None:
        key = (string(group(scope)), len(reads))
        place = scope.cycles.get(key, 0)
        scope.cycles[key] = (place + 1) % len(reads)
        value = reads[place](scope)
        write(show(value) if is_truthy(value) else "")

    return node


def _echo(builder: Builder, tag: Tag) -> Node:
    return _text("") if tag.inside.done() else _output(builder.value(tag))


def _liquid(builder: Builder, tag: Tag) -> Node:
    nodes = Builder(deque(lines(tag.inside)), builder.expressions).nodes()
    return lambda scope, write: _run(nodes, scope, write)


def _stop(_builder: Builder, _tag: Tag) -> Node:
    def node(_scope: Scope, _write: Write) -> None:
        raise Stop

    return node


_TAGS: Final[dict[str, Callable[[Builder, Tag], Node]]] = {
    "#": _inline_comment,
    "assign": _assign,
    "block": _block,
    "break": _stop,
    "capture": _capture,
    "comment": _comment,
    "continue": _stop,
    "cycle": _cycle,
    "decrement": _counter(-1, before=True),
    "echo": _echo,
    "if": _if,
    "increment": _counter(1, before=False),
    "liquid": _liquid,
    "raw": _raw,
    "unless": _unless,
}


def _tag_named(name: str) -> Callable[[Builder, Tag], Node]:
    if name in _TAGS:
        return _TAGS[name]
    close = difflib.get_close_matches(name, _TAGS, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise LiquidError(f"uses the tag {name!r}, which is not available{hint}")
