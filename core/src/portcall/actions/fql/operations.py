"""What stands behind a path: an operator and what it compares with."""

from __future__ import annotations

from portcall.actions.fql.comparisons import Compare, Contains, Equals, Match, OneOf, Order, Path
from portcall.actions.fql.diagnosis import closest
from portcall.actions.fql.literals import read_glob, read_number, read_text, read_word
from portcall.actions.fql.reader import Reader
from portcall.actions.fql.syntax import Condition, Not
from portcall.actions.fql.values import read_value
from portcall.errors import SubscriptionError

_ORDERS: dict[str, Order] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SYNONYMS = {
    "is": "=", "equals": "=", "eq": "=", "not_equals": "!=", "ne": "!=",
    "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
    "includes": "contains", "like": "match", "matches": "match", "regex": "match",
    "starts_with": 'match "text*"', "ends_with": 'match "*text"',
    "not_contains": "not contains", "not_exists": "= null",
    "is_true": "= true", "is_false": "= false",
}  # fmt: skip
_WORDS = ("contains", "match", "in", "exists", "not")
_ADVICE = "use = != < <= > >= contains match in exists"


def read_operation(reader: Reader, path: Path) -> Condition:
    """Take the operator behind a path, and what it compares with.

    Raises:
        SubscriptionError: There is no operator, or nothing that it can compare with.
    """
    if reader.sees("=", "!="):
        negated = reader.take().text == "!="
        return Equals(path, read_value(reader, path), negated)
    if reader.sees(*_ORDERS):
        return Compare(path, _ORDERS[reader.take().text], _bound(reader))
    negated = reader.accept("not")
    if reader.sees("contains", "match"):
        return text_test(reader, reader.take().text.lower(), path, negated=negated)
    if reader.accept("exists"):
        # In Segment's own catalogue, where `exists` works by accident.
        return Equals(path, None, negated=not negated)
    if reader.accept("in"):
        return Not(_list(reader, path)) if negated else _list(reader, path)
    raise _no_operator(reader)


def text_test(reader: Reader, name: str, path: Path, *, negated: bool) -> Contains | Match:
    """Take what ``contains`` or ``match`` looks for.

    Raises:
        SubscriptionError: It is neither text nor a word nor a number.
    """
    token = reader.take()
    if token.kind not in ("text", "word", "number"):
        advice = f'write {name}(event, "Order")'
        raise reader.unexpected("text in quotes", advice, token=token)
    if name == "match" and token.kind == "text":
        return Match(path, read_glob(token.text), negated)
    text = read_text(token.text) if token.kind == "text" else read_word(token.text)
    return Contains(path, text, negated) if name == "contains" else Match(path, (text,), negated)


def _bound(reader: Reader) -> int | float:
    token = reader.take()
    text = read_text(token.text).strip() if token.kind == "text" else token.text
    number = read_number(text) if token.kind in ("text", "number") else None
    if number is None:
        advice = "< <= > >= compare numbers only: properties.total >= 100"
        raise reader.unexpected("a number", advice, token=token)
    return number


def _list(reader: Reader, path: Path) -> OneOf:
    advice = 'write a list: event in ["Signed Up", "Signed In"]'
    reader.require("[", advice)
    values = [read_value(reader, path)]
    while reader.accept(","):
        values.append(read_value(reader, path))
    reader.require("]", advice)
    return OneOf(path, tuple(values))


def _no_operator(reader: Reader) -> SubscriptionError:
    token = reader.current
    advice = _ADVICE
    if token.kind == "word" and not reader.sees("and", "or"):
        near = _SYNONYMS.get(token.text.lower()) or closest(token.text, [*_WORDS, *_SYNONYMS])
        if near:
            return reader.unexpected("an operator", f"use {_SYNONYMS.get(near, near)}")
    elif token.kind in ("end", "word") or token.text == ")":
        advice += "; a field alone asks nothing: write = true, or != null if it must be there"
    return reader.unexpected("an operator", advice)
