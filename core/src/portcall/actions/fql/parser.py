"""The grammar, from the weakest binding to the strongest.

::

    either      both ("or" both)*
    both        negation ("and" negation)*
    negation    ("not" | "!") negation | "(" either ")" | function | comparison
    function    ("contains" | "match") "(" path "," value ")"
    comparison  path operation                      (operations.py)
"""

from __future__ import annotations

import attrs

from portcall.actions.fql.diagnosis import failure, shorten
from portcall.actions.fql.lexer import lex
from portcall.actions.fql.operations import read_operation, text_test
from portcall.actions.fql.paths import read_path
from portcall.actions.fql.reader import Reader
from portcall.actions.fql.syntax import MAX_DEPTH, And, Condition, Not, Or, depth
from portcall.errors import SubscriptionError

MAX_LENGTH = 100_000
"""Characters in a subscription; 2,000 event names in a list fit."""

_EXAMPLE = 'write for example: type = "track" and event = "Order Completed"'
_CLOSE = 'close the parenthesis, or join another condition with "and" or "or"'
_FUNCTIONS = ("contains", "match")


def parse(text: str) -> Condition:
    """Read a subscription, in time linear in its length.

    Args:
        text: Up to `MAX_LENGTH` characters, with up to `MAX_DEPTH` of and, or, not inside one another;
            lines, and parentheses that change nothing, do not matter.

    Returns:
        The condition; parentheses are kept only where they mean something.

    Raises:
        SubscriptionError: It is not a subscription; the message shows the place and what to write.

    Source: Segment, "Destination Filter Query Language", as far as its action subscriptions go.
    """
    if not isinstance(text, str):
        raise SubscriptionError(f"a subscription is text, not {type(text).__name__}", 0)
    if len(text) > MAX_LENGTH:
        problem = f"a subscription has at most {MAX_LENGTH:,} characters, this has {len(text):,}"
        raise failure(text, MAX_LENGTH, problem, "split it into several subscriptions")
    reader = Reader(text, lex(text))
    condition = _condition(reader)
    if reader.current.kind != "end":
        raise _left_over(reader)
    if depth(condition) > MAX_DEPTH:
        raise reader.too_deep()
    return condition


def _condition(reader: Reader) -> Condition:
    """Read conditions up to where none can go on; the open parentheses are a list, not recursion."""
    groups = [_Group()]
    while True:
        if _open(reader, groups):
            continue
        condition = _operand(reader)
        while not groups[-1].takes(reader, condition):
            if len(groups) == 1:
                return groups[0].condition()
            reader.require(")", _CLOSE)
            condition = groups.pop().condition()


def _open(reader: Reader, groups: list[_Group]) -> bool:
    """Take a ``not`` or a parenthesis, if one is there and begins no test of its own."""
    is_group = reader.sees("(")
    if not is_group and (not reader.sees("not", "!") or _at_function(reader, 1)):
        return False
    reader.note_level(len(groups) + groups[-1].negations)
    reader.take()
    if is_group:
        groups.append(_Group())
    else:
        groups[-1].negations += 1
    return True


def _operand(reader: Reader) -> Condition:
    if reader.sees("not", "!"):
        # The negated test of a text is a test of its own; see `Contains`.
        reader.take()
        return _function(reader, negated=True)
    if _at_function(reader, 0):
        return _function(reader, negated=False)
    if reader.sees("and", "or", ")") or reader.current.kind == "end":
        raise reader.unexpected("a condition", _EXAMPLE)
    return read_operation(reader, read_path(reader))


@attrs.define
class _Group:
    """What has been read of one pair of parentheses, or of the whole.

    Args:
        alternatives: Between each ``or`` and the next, the conditions that ``and`` joins.
        negations: How many ``not`` stand before the condition that comes next.
    """

    alternatives: list[list[Condition]] = attrs.field(factory=lambda: [[]])
    negations: int = 0

    def takes(self, reader: Reader, condition: Condition) -> bool:
        """Add a condition; return whether another must follow in this group."""
        while self.negations:
            condition = Not(condition)
            self.negations -= 1
        self.alternatives[-1].append(condition)
        if reader.accept("and"):
            return True
        another = reader.accept("or")
        if another:
            self.alternatives.append([])
        return another

    def condition(self) -> Condition:
        """Return what all of it means."""
        joined = [each[0] if len(each) == 1 else And(tuple(each)) for each in self.alternatives]
        return joined[0] if len(joined) == 1 else Or(tuple(joined))


def _at_function(reader: Reader, ahead: int) -> bool:
    """Whether a function is *ahead* tokens after the current one."""
    name, parenthesis = reader.peek(ahead), reader.peek(ahead + 1)
    is_name = name.kind == "word" and name.text.lower() in _FUNCTIONS
    return is_name and parenthesis.text == "("


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
