"""The tags ``if`` and ``unless``."""

from __future__ import annotations

from portcall.actions.mapping.liquid_language.builder import Builder, Node, Write, run
from portcall.actions.mapping.liquid_language.chunks import Tag
from portcall.actions.mapping.liquid_language.javascript import is_true
from portcall.actions.mapping.liquid_language.operators import Term
from portcall.actions.mapping.liquid_language.scope import LiquidError, Read, Scope


def if_tag(builder: Builder, tag: Tag) -> Node:
    """Compile ``if`` with its ``elsif`` and ``else``."""
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
        raise LiquidError(f"has a tag {tag.name!r} after 'else'")
    _refuse_rest(tag)
    return _choice(branches, otherwise)


def _refuse_rest(tag: Tag) -> None:
    tag.inside.expect(tag.inside.done(), f"has more than its name in the tag {tag.name!r}")


def unless_tag(builder: Builder, tag: Tag) -> Node:
    """Compile ``unless``, in which all that comes behind the first ``else`` is passed over."""
    term = builder.value(tag)
    negated = Term(lambda scope: not is_true(term.read(scope)))
    nodes, end = builder.until(tag, "elsif", "else", "endunless")
    branches, others = [(negated.read, nodes)], list[list[Node]]()
    while end.name != "endunless":
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
                run(nodes, scope, write)
                return
        run(otherwise, scope, write)

    return node
