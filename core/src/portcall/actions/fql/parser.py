"""The grammar, one function a rule, from the weakest binding to the strongest.

::

    either      both ("or" both)*
    both        negation ("and" negation)*
    negation    ("not" | "!") negation | "(" either ")" | function | comparison
    function    ("contains" | "match") "(" path "," value ")"
    comparison  path operation                      (operations.py)
"""

from __future__ import annotations

from portcall.actions.fql.diagnosis import failure, shorten
from portcall.actions.fql.lexer import lex
from portcall.actions.fql.operations import read_operation, text_test
from portcall.actions.fql.paths import read_path
from portcall.actions.fql.reader import Reader
from portcall.actions.fql.syntax import MAX_DEPTH, And, Condition, Not, Or, is_deeper_than
from portcall.errors import SubscriptionError

MAX_LENGTH = 100_000
"""Characters in a subscription; 2,000 event names in a list fit."""

_EXAMPLE = 'write for example: type = "track" and event = "Order Completed"'
_FUNCTIONS = ("contains", "match")


def parse(text: str) -> Condition:
    """Read a subscription, in time linear in its length.

    Args:
        text: Up to `MAX_LENGTH` characters, nested up to `MAX_DEPTH` levels; lines do not matter.

    Returns:
        The condition; parentheses are kept only where they mean something.

    Raises:
        SubscriptionError: It is no subscription; the message shows the place and what to write.

    Source: Segment, "Destination Filter Query Language", as far as its action subscriptions go.
    """
    if not isinstance(text, str):
        raise SubscriptionError(f"a subscription is text, not {type(text).__name__}", 0)
    if len(text) > MAX_LENGTH:
        problem = f"a subscription has at most {MAX_LENGTH:,} characters, this has {len(text):,}"
        raise failure(text, MAX_LENGTH, problem, "split it into several subscriptions")
    reader = Reader(text, lex(text))
    condition = _either(reader)
    if reader.current.kind != "end":
        raise _left_over(reader)
    if is_deeper_than(MAX_DEPTH, condition):
        raise reader.too_deep()
    return condition


def _either(reader: Reader) -> Condition:
    conditions = [_both(reader)]
    while reader.accept("or"):
        conditions.append(_both(reader))
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def _both(reader: Reader) -> Condition:
    conditions = [_negation(reader)]
    while reader.accept("and"):
        conditions.append(_negation(reader))
    return conditions[0] if len(conditions) == 1 else And(tuple(conditions))


def _negation(reader: Reader) -> Condition:
    if reader.sees("not", "!"):
        return _negated(reader)
    if reader.sees("("):
        return _group(reader)
    if _at_function(reader):
        return _function(reader, negated=False)
    if reader.sees("and", "or", ")") or reader.current.kind == "end":
        raise reader.unexpected("a condition", _EXAMPLE)
    return read_operation(reader, read_path(reader))


def _negated(reader: Reader) -> Condition:
    with reader.group():
        reader.take()
        # The negated test of a text is a test of its own; see `Contains`.
        if _at_function(reader):
            return _function(reader, negated=True)
        return Not(_negation(reader))


def _group(reader: Reader) -> Condition:
    with reader.group():
        reader.take()
        condition = _either(reader)
        reader.require(")", 'close the parenthesis, or join another condition with "and" or "or"')
        return condition


def _at_function(reader: Reader) -> bool:
    return reader.sees(*_FUNCTIONS) and reader.following.text == "("


def _function(reader: Reader, *, negated: bool) -> Condition:
    name = reader.take().text.lower()
    advice = f'write {name}(field, "text"): {name}(event, "Order")'
    reader.require("(", advice)
    if reader.current.kind != "word":
        raise reader.unexpected("a field", advice)
    path = read_path(reader)
    reader.require(",", advice)
    condition = text_test(reader, name, path, negated=negated)
    reader.require(")", advice)
    return condition


def _left_over(reader: Reader) -> SubscriptionError:
    token = reader.current
    if token.text == ")":
        return reader.failure("this parenthesis was never opened", "remove it, or open it before")
    advice = 'join conditions with "and" or "or"'
    if token.kind == "word":
        advice += '; text of several words needs quotes: event = "Order Completed"'
    return reader.failure(f'expected "and", "or" or the end, found {shorten(token.text)}', advice)
