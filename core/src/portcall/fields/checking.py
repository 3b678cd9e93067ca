"""Holding one set of values against a class: every reason against it, or the instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from portcall.fields.building import build
from portcall.fields.coercion import Converter, same
from portcall.fields.conditions import Rule, holds
from portcall.fields.describing import Field
from portcall.fields.formats import closest
from portcall.fields.refusals import Reason, Refused, joined, refused, shown
from portcall.secret import Secret

NOT_GIVEN: Final = object()
_TEXTS: Final = (str, Secret)


@attrs.frozen(eq=False, repr=False)
class Part:
    """One field with what checking needs.

    Args:
        field: The description.
        convert: Gives the typed value, or `Refused`.
        fill: Gives the default, fresh; None where the class itself finds it.
        counts: When the field counts at all.
        needs: When it has to be given, if it counts.
    """

    field: Field
    convert: Converter
    fill: Callable[[], Any] | None
    counts: Rule = True
    needs: Rule = False


@attrs.frozen(eq=False, repr=False)
class Plan:
    """Everything about one class.

    Args:
        cls: The attrs class.
        parts: The inputs by name, in order.
        fixed: The values of what is no input, by name.
        conditional: A field counts, or is required, only under a condition.
    """

    cls: type
    parts: Mapping[str, Part]
    fixed: Mapping[str, Any]
    conditional: bool

    @property
    def fields(self) -> tuple[Field, ...]:
        """The inputs, in order."""
        return tuple(part.field for part in self.parts.values())

    @property
    def _phrase(self) -> str:
        return "an object with " + ", ".join(f"`{name}`" for name in self.parts)

    def convert(self, value: Any) -> Any:
        """Return an instance of the class, or `Refused` with every reason."""
        if isinstance(value, self.cls):
            return value
        given = _entries(self.cls, value)
        if given is None:
            return refused(self._phrase, value)
        arguments = None if self.conditional else self._at_once(given)
        return self._with_reasons(given) if arguments is None else build(self.cls, arguments)

    def _at_once(self, given: Mapping[Any, Any]) -> dict[str, Any] | None:
        """Return the arguments of values that are all in order, in one pass; None for any others."""
        found, known = {}, 0
        for name, part in self.parts.items():
            known += name in given
            value = _given(part, given, name)
            if isinstance(value, Refused) or (value is NOT_GIVEN and part.needs is True):
                return None
            if value is not NOT_GIVEN:
                found[name] = value
            elif part.fill is not None:
                found[name] = part.fill()
        return found if known == len(given) else None

    def _with_reasons(self, given: Mapping[Any, Any]) -> Any:
        """Go by the conditions, and collect every reason."""
        checked = _Values(self, {n: _given(p, given, n) for n, p in self.parts.items()})
        reasons = (*checked.reasons(), *_unknown(self, given))
        return Refused(reasons) if reasons else build(self.cls, checked.arguments())


class _Values:
    """The converted values of one set, some of which may not count."""

    def __init__(self, plan: Plan, values: dict[str, Any]) -> None:
        self._plan = plan
        self._values = values
        self._counting: dict[str, bool] = {}

    def reasons(self) -> Iterator[Reason]:
        """Return what is wrong or missing, in the order of the fields."""
        for name, part in self._plan.parts.items():
            value = self._values[name]
            if not self._counts(part):
                continue
            if isinstance(value, Refused):
                yield from (_at(part.field, reason) for reason in value.reasons)
            elif value is NOT_GIVEN and holds(part.needs, self._is_one):
                yield Reason(f"is missing; fill in `{name}`", name, part.field.label)

    def arguments(self) -> dict[str, Any]:
        """Return what to make the instance of; what its class finds by itself is left out."""
        found = {}
        for name, part in self._plan.parts.items():
            value = self._values[name]
            if value is not NOT_GIVEN and self._counts(part):
                found[name] = value
            elif part.fill is not None:
                found[name] = part.fill()
        return found

    def _counts(self, part: Part) -> bool:
        known = self._counting.get(part.field.name)
        if known is None:
            known = holds(part.counts, self._is_one)
            self._counting[part.field.name] = known
        return known

    def _is_one(self, name: str, values: tuple[object, ...]) -> bool:
        value = self._value(name)
        return any(same(value, each) for each in values)

    def _value(self, name: str) -> Any:
        """Return what a condition sees: the value if it counts, else the default, else None."""
        if name in self._plan.fixed:
            return self._plan.fixed[name]
        part, value = self._plan.parts[name], self._values[name]
        if value is NOT_GIVEN or not self._counts(part):
            return None if part.field.default is attrs.NOTHING else part.field.default
        return value


def _entries(cls: type, value: Any) -> Mapping[Any, Any] | None:
    """Read values by name, also out of an instance of a class that *cls* was composed from."""
    if isinstance(value, dict | Mapping):
        return value
    if attrs.has(type(value)) and issubclass(cls, type(value)):
        own = attrs.fields(type(value))
        return {a.alias: getattr(value, a.name) for a in own if a.init}
    return None


def _given(part: Part, given: Mapping[Any, Any], name: str) -> Any:
    """Convert one value; null and the empty text of an empty box mean that nothing was given."""
    value = given.get(name)
    if value is None or (isinstance(value, _TEXTS) and not value and part.field.kind != "any"):
        return NOT_GIVEN
    return part.convert(value)


def _at(field: Field, reason: Reason) -> Reason:
    """Put a reason under its field's name and label."""
    whole = reason.label and not reason.label.startswith(",")
    label = reason.label if whole else field.label + reason.label
    return Reason(reason.rest, joined(field.name, reason.path), label)


def _unknown(plan: Plan, given: Mapping[Any, Any]) -> Iterator[Reason]:
    """Name what is not a field, and what may have been meant."""
    known = ", ".join(f"`{name}`" for name in plan.parts) or "none"
    for key in given:
        if key not in plan.parts:
            name = shown(key)
            hint = closest(name, plan.parts) or f"; the fields are {known}"
            yield Reason(f"is not a field{hint}", name, f"`{name}`")
