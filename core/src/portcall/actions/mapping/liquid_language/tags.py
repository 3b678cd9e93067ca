"""The tags of Liquid: all of LiquidJS 10 except those that Segment has switched off."""

from __future__ import annotations

import difflib
import re
from collections import deque
from typing import Final

from portcall.actions.mapping.liquid_language.branches import if_tag, unless_tag
from portcall.actions.mapping.liquid_language.builder import (
    Builder,
    BuildTag,
    Node,
    Write,
    output,
    run,
    text_node,
)
from portcall.actions.mapping.liquid_language.chunks import Tag, lines
from portcall.actions.mapping.liquid_language.javascript import show, string
from portcall.actions.mapping.liquid_language.operators import ABSENT
from portcall.actions.mapping.liquid_language.scope import LiquidError, Scope
from portcall.actions.mapping.values import is_truthy

_NOT_A_COMMENT: Final = re.compile(r"\n\s*[^#\s]")
_BLOCK: Final = {"super": ""}


class Stop(Exception):  # noqa: N818  # it is no error
    """The rest of the template is not rendered: ``break`` or ``continue`` outside of a loop."""


def _assign(builder: Builder, tag: Tag) -> Node:
    name = tag.inside.identifier()
    tag.inside.expect(name, "needs a name to assign to")
    tag.inside.skip_blank()
    tag.inside.expect(tag.inside.skip("="), "needs '=' after the name to assign to")
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
        run(nodes, scope, parts.append)
        scope.names[key] = scope.joined(parts)

    return node


def _comment(builder: Builder, tag: Tag) -> Node:
    builder.skipped(tag, "endcomment")
    return text_node("")


def _inline_comment(_builder: Builder, tag: Tag) -> Node:
    if _NOT_A_COMMENT.search(tag.inside.rest()):
        raise LiquidError("has a line in a comment that does not start with '#'")
    return text_node("")


def _raw(builder: Builder, tag: Tag) -> Node:
    return text_node("".join(builder.skipped(tag, "endraw")))


def _block(builder: Builder, tag: Tag) -> Node:
    """A part that a layout could replace; there are no layouts here, so its content is rendered."""
    builder.expressions.assigned.add("block")
    nodes, _end = builder.until(tag, "endblock")

    def node(scope: Scope, write: Write) -> None:
        outer = scope.root("block")
        scope.names["block"] = _BLOCK
        run(nodes, scope, write)
        scope.names["block"] = outer

    return node


def _counter(step: int, *, before: bool) -> BuildTag:
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
    return text_node("") if tag.inside.done() else output(builder.value(tag))


def _liquid(builder: Builder, tag: Tag) -> Node:
    nodes = Builder(deque(lines(tag.inside)), tag_named, builder.expressions).nodes()
    return lambda scope, write: run(nodes, scope, write)


def _stop(_builder: Builder, _tag: Tag) -> Node:
    def node(_scope: Scope, _write: Write) -> None:
        raise Stop

    return node


TAGS: Final[dict[str, BuildTag]] = {
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
    "if": if_tag,
    "increment": _counter(1, before=False),
    "liquid": _liquid,
    "raw": _raw,
    "unless": unless_tag,
}


def tag_named(name: str) -> BuildTag:
    """Return what compiles a tag.

    Args:
        name: The first word of the tag.

    Raises:
        LiquidError: There is no such tag, or Segment has switched it off.
    """
    if name in TAGS:
        return TAGS[name]
    close = difflib.get_close_matches(name, TAGS, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise LiquidError(f"uses the tag {name!r}, which is not available{hint}")
