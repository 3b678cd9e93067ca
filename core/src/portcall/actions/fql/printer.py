"""A condition back to text that reads back as the same condition."""

from __future__ import annotations

from portcall.actions.fql.comparisons import Compare, Contains, Equals, Match, OneOf, Path, Scalar
from portcall.actions.fql.literals import write_glob, write_key, write_text
from portcall.actions.fql.syntax import And, Condition, Not, Or, fold, require_depth


def unparse(condition: Condition) -> str:
    """Write a condition as a subscription, which ``parse`` reads as an equal condition.

    Args:
        condition: As ``parse`` makes them, or made by hand.

    Returns:
        One line, unless a text in it has several; every group in parentheses.

    Raises:
        SubscriptionError: It is deeper than ``parse`` would read.
    """
    require_depth(condition)
    return fold(condition, _test, _joined)


def _joined(condition: And | Or | Not, texts: list[str]) -> str:
    if isinstance(condition, Not):
        return f"not ({texts[0]})"
    # `and` binds stronger, but readers (and Segment's parser) need the parentheses.
    parts = [
        f"({text})" if isinstance(inner, And | Or) else text
        for inner, text in zip(condition.conditions, texts, strict=True)
    ]
    return (" and " if isinstance(condition, And) else " or ").join(parts)


def _test(condition: Equals | Compare | OneOf | Contains | Match) -> str:
    path = _path(condition.path)
    match condition:
        case Equals(value=value, negated=negated):
            return f"{path} {'!=' if negated else '='} {_value(value)}"
        case Compare(operator=operator, bound=bound):
            return f"{path} {operator} {_value(bound)}"
        case OneOf(values=values):
            return f"{path} in [{', '.join(map(_value, values))}]"
        case Contains(text=text, negated=negated):
            return f"{'!' * negated}contains({path}, {write_text(text)})"
        case Match(parts=parts, negated=negated):
            return f"{'!' * negated}match({path}, {write_glob(parts)})"


def _path(path: Path) -> str:
    field, *keys = path.keys
    return ".".join([field, *map(write_key, keys)])


def _value(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return write_text(value) if isinstance(value, str) else repr(value)
