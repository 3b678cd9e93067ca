"""Conditions of fields: what others, and the sync mode, have to be for a field to count or be required.

A condition is plain data, so that it can stand in a declarative destination and in ``describe --json``::

    {"flow": "key"}                                     flow is key
    {"flow": ["key", "app"], "strict": True}            flow is one of the two, and strict is true
    {"flow": {"is_not": ["key", None]}}                 flow is given, and is not key
    {"@any": [{"email": None}, {"phone": None}]}        email is not given, or phone is not
    {"@sync_mode": ["upsert", "update"]}                the action's sync mode is one of the two

None stands for "not given". `read` makes a `Rule` of it, which is what is computed with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import attrs

from portcall.errors import HookError
from portcall.fields.formats import closest

Condition = Mapping[str, object]
"""What has to hold, all of it: names of fields, each with its value, a list of values, or `is_not`."""

ANY: Final = "@any"
ALL: Final = "@all"
SYNC_MODE: Final = "@sync_mode"
IS_NOT: Final = "is_not"


def is_not(*values: object) -> dict[str, object]:
    """Return a condition: the field has none of these values.

    As in ``depends_on={"flow": is_not("key")}``. It holds for a field that is not given, too, unless None is
    among the values.

    Raises:
        HookError: There are no values.
    """
    if not values:
        raise HookError("is_not() needs a value: is_not('key'), or is_not(None) for what is given")
    return {IS_NOT: list(values)}


def any_of(*conditions: Condition) -> dict[str, object]:
    """Make a condition that holds where at least one of several does.

    As in ``required=any_of({"email": None}, {"phone": None})``.

    Raises:
        HookError: There are fewer than two.
    """
    if len(conditions) < 2:
        raise HookError('any_of() needs two conditions or more: any_of({"a": 1}, {"b": 2})')
    return {ANY: list(conditions)}


@attrs.frozen
class FieldIs:
    """A field has one of the values, or, negated, none of them."""

    name: str
    values: tuple[object, ...]
    negated: bool = False


@attrs.frozen
class ModeIs:
    """The sync mode is one of these, or, negated, none of them."""

    modes: tuple[object, ...]
    negated: bool = False


@attrs.frozen
class AllOf:
    """All of these hold."""

    rules: tuple[Rule, ...]


@attrs.frozen
class AnyOf:
    """At least one of these holds."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = "FieldIs | ModeIs | AllOf | AnyOf | bool"


def read(condition: Condition, where: str) -> Rule:
    """Make a rule of a condition.

    Args:
        condition: As a plugin's author wrote it.
        where: Class and field, for the error.

    Raises:
        HookError: It is not a condition; says what to write.
    """
    given: object = condition  # it comes from a plugin's author
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise HookError(f'{where}: a condition names fields and their values: {{"flow": "key"}}')
    return _all(_entry(name, value, where) for name, value in condition.items())


def _entry(name: str, value: object, where: str) -> Rule:
    if name in {ANY, ALL}:
        if not isinstance(value, list | tuple) or not value:
            raise HookError(f'{where}: "{name}" needs a list of conditions')
        rules = tuple(read(each, where) for each in value)
        return AnyOf(rules) if name == ANY else AllOf(rules)
    if name.startswith("@") and name != SYNC_MODE:
        hint = closest(name, {SYNC_MODE: 0, ANY: 0, ALL: 0})
        raise HookError(f'{where}: "{name}" is not part of a condition{hint}')
    negated = isinstance(value, Mapping)
    if isinstance(value, Mapping):
        if value.keys() != {IS_NOT}:
            raise HookError(
                f"{where}: `{name}` takes a value, a list of values, or is_not(...); it has {dict(value)!r}"
            )
        value = value[IS_NOT]
    values = tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)
    if name == SYNC_MODE:
        return ModeIs(values, negated)
    return FieldIs(name, values, negated)


def _all(rules: Iterable[Rule]) -> Rule:
    listed = tuple(rules)
    return listed[0] if len(listed) == 1 else AllOf(listed)


def in_mode(rule: Rule, sync_mode: str | None) -> Rule:
    """Return what is left of a rule in one sync mode: True, False, or a rule about fields alone.

    Args:
        rule: From `read`.
        sync_mode: None where there is none; then no mode is the one that is asked for.
    """
    if isinstance(rule, ModeIs):
        return (sync_mode in rule.modes) is not rule.negated
    if not isinstance(rule, AllOf | AnyOf):
        return rule
    decisive = isinstance(rule, AnyOf)
    left = [
        each for each in (in_mode(r, sync_mode) for r in rule.rules) if each is not (not decisive)
    ]
    if decisive in left:
        return decisive
    if not left:
        return not decisive
    return left[0] if len(left) == 1 else type(rule)(tuple(left))


def holds(rule: Rule, is_one: Callable[[str, tuple[object, ...]], bool]) -> bool:
    """Return whether a rule about fields alone holds.

    Args:
        rule: From `in_mode`.
        is_one: Asked whether a field has one of some values.
    """
    if isinstance(rule, FieldIs):
        return is_one(rule.name, rule.values) is not rule.negated
    if isinstance(rule, AllOf):
        return all(holds(each, is_one) for each in rule.rules)
    if isinstance(rule, AnyOf):
        return any(holds(each, is_one) for each in rule.rules)
    return rule is True


def parts_of(rule: Rule) -> Iterator[FieldIs | ModeIs]:
    """Yield everything that a rule asks."""
    if isinstance(rule, AllOf | AnyOf):
        for each in rule.rules:
            yield from parts_of(each)
    elif isinstance(rule, FieldIs | ModeIs):
        yield rule


def in_words(condition: Condition) -> str:
    """Return a condition as a person reads it: ``flow is key or app, and strict is true``."""
    return _words(read(condition, "this field"), nested=False)


def _words(rule: Rule, *, nested: bool) -> str:
    if isinstance(rule, AllOf | AnyOf):
        joined = (" or " if isinstance(rule, AnyOf) else " and ").join(
            _words(each, nested=True) for each in rule.rules
        )
        return f"({joined})" if nested else joined
    if isinstance(rule, FieldIs):
        return f"{rule.name} {_value_words(rule.values, negated=rule.negated)}"
    if isinstance(rule, ModeIs):
        return f"the sync mode {_value_words(rule.modes, negated=rule.negated)}"
    return str(rule).lower()


def _value_words(values: tuple[object, ...], *, negated: bool) -> str:
    words = [
        str(each).lower() if isinstance(each, bool) else str(each)
        for each in values
        if each is not None
    ]
    listed = (" nor " if negated else " or ").join(words)
    if not negated:
        return "is " + " or ".join(
            [*([listed] if words else []), *["not given"] * (None in values)]
        )
    refused = f"{'neither' if len(words) > 1 else 'not'} {listed}"
    return "is " + " and ".join([*["given"] * (None in values), *([refused] if words else [])])
