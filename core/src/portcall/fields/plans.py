"""Reading a class once: its fields, the converters for them, and what its author got wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from portcall.errors import HookError
from portcall.fields.checking import Part, Plan
from portcall.fields.coercion import Converter
from portcall.fields.conditions import FieldIs, ModeIs, Rule, in_mode, parts_of, read
from portcall.fields.containers import converter
from portcall.fields.declaring import NAMED
from portcall.fields.describing import COMPARABLE, Field, plain
from portcall.fields.reading import describe
from portcall.fields.refusals import Refused
from portcall.fields.shapes import attrs_class, place

_KEPT: Final = "__portcall_plan__"
_FACTORY: Final[type] = type(attrs.Factory(list))


def fields_of(cls: type) -> tuple[Field, ...]:
    """Describe the inputs of an attrs class, in the order they were declared.

    Fields of plain ``attrs.field`` or a bare annotation count as well, with a label made of the name;
    fields with ``init=False`` do not.

    Raises:
        HookError: Something declared cannot work; names class and field.
    """
    return plan_of(cls).fields


def plan_of(cls: type, *, lenient: bool = False, sync_mode: str | None = None) -> Plan:
    """Return the plan of a class, the same one every time.

    Args:
        cls: An attrs class.
        lenient: Its values come out of events and may be spelled otherwise; see `of_event`.
        sync_mode: The one that conditions see; None for none.

    Raises:
        HookError: As `fields_of`.
    """
    kept = vars(attrs_class(cls)).get(_KEPT)
    if not isinstance(kept, dict):
        kept = {}
        # Kept on the class itself, so that the two go together.
        setattr(cls, _KEPT, kept)
    known = (lenient, sync_mode)
    plan = kept.get(known)
    if not isinstance(plan, Plan):
        # Made twice by two threads, it is equal.
        made = _variant(plan_of(cls), lenient, sync_mode) if lenient or sync_mode else _plan(cls)
        plan = kept[known] = made
    return plan


def _variant(plan: Plan, lenient: bool, sync_mode: str | None) -> Plan:
    """Make the plan of a class for one kind of values and one sync mode, out of its usual plan."""

    def nested(cls: type) -> Converter:
        return plan_of(cls, lenient=lenient, sync_mode=sync_mode).convert

    parts = {}
    for name, part in plan.parts.items():
        convert = converter(part.field, nested, lenient=lenient)
        counts, needs = _rules(part.field, place(plan.cls, name), sync_mode)
        parts[name] = attrs.evolve(part, convert=convert, counts=counts, needs=needs)
    return attrs.evolve(plan, parts=parts, conditional=_is_conditional(parts))


def _rules(field: Field, where: str, sync_mode: str | None) -> tuple[Rule, Rule]:
    """Return when a field counts and when it is needed, in one sync mode."""
    counts = True if field.depends_on is None else read(field.depends_on, where)
    needs = field.required if field.required_if is None else read(field.required_if, where)
    return in_mode(counts, sync_mode), in_mode(needs, sync_mode)


def _is_conditional(parts: Mapping[str, Part]) -> bool:
    return any(p.counts is not True or not isinstance(p.needs, bool) for p in parts.values())


def _plan(cls: type) -> Plan:
    parts: dict[str, Part] = {}
    fixed: dict[str, Any] = {}
    for attribute in attrs.fields(cls):
        name = attribute.alias or attribute.name
        if attribute.init:
            parts[name] = _part(cls, attribute)
        else:
            fixed[name] = _fixed(cls, attribute)
    plan = Plan(cls, parts, fixed, _is_conditional(parts))
    _check_conditions(plan)
    return plan


def _part(cls: type, attribute: attrs.Attribute[Any]) -> Part:
    field = describe(cls, attribute)
    convert = converter(field, _nested)
    where = place(cls, attribute.name)
    _check_choices(field, where)
    default, known = _default(attribute)
    if not known:
        has_own = attribute.default is not attrs.NOTHING
        return Part(field, convert, None if has_own else _nothing, *_rules(field, where, None))
    fill = _filler(field, convert, default, where)
    rules = _rules(field, where, None)
    return Part(attrs.evolve(field, default=fill()), convert, fill, *rules)


def _nested(cls: type) -> Converter:
    return plan_of(cls).convert


def _nothing() -> None:
    return None


def _default(attribute: attrs.Attribute[Any]) -> tuple[Any, bool]:
    """Return the default as it was written, and whether it is known before there is an instance."""
    said = attribute.metadata.get(NAMED)
    written = attribute.default if said is None else said.default
    return written, written is not attrs.NOTHING and not isinstance(written, _FACTORY)


def _filler(field: Field, convert: Converter, default: Any, where: str) -> Callable[[], Any]:
    """Make what gives the default, typed, and never the same list or dict twice."""
    value = _typed(field, convert, default, where)
    try:
        hash(value)
    except TypeError:
        return lambda: convert(copy.deepcopy(default))
    return lambda: value


def _typed(field: Field, convert: Converter, default: Any, where: str) -> Any:
    if default is None and field.nullable:
        return None
    value = convert(copy.deepcopy(default))
    if isinstance(value, Refused):
        raise HookError(f"{where}: the default {value.reasons[0].rest}")
    if field.kind != "any" and not field.secret and plain(value) != plain(default):
        raise HookError(f"{where}: the default should be {value!r}, of type {type(value).__name__}")
    return value


def _fixed(cls: type, attribute: attrs.Attribute[Any]) -> Any:
    """Return the value of what is taken out of the form; None where only an instance knows it."""
    default = default_of(cls, attribute)
    if default is attrs.NOTHING:
        raise HookError(f"{place(cls, attribute.name)}: init=False needs a default")
    return None if isinstance(default, _FACTORY) else default


def _check_choices(field: Field, where: str) -> None:
    """See that each choice is of the field's type, or of its items' type."""
    while field.item is not None:
        field = field.item
    choices = field.choices if isinstance(field.choices, tuple) else ()
    convert = converter(field, _nested)
    for value, _ in choices:
        if value in ("", None) or isinstance(convert(value), Refused):
            raise HookError(f"{where}: {value!r} cannot be a choice among {field.kind} values")


def _check_conditions(plan: Plan) -> None:
    for part in plan.parts.values():
        for asked in _asked(part.field):
            if isinstance(asked, FieldIs):
                _check_condition(plan, part.field.name, asked)
        if part.field.name in _depended(plan, part.field):
            raise HookError(f"{place(plan.cls, part.field.name)}: the field depends on itself")


def _asked(field: Field) -> Iterator[FieldIs | ModeIs]:
    """Yield what the conditions of a field ask, in whatever sync mode."""
    for condition in (field.depends_on, field.required_if):
        if condition is not None:
            yield from parts_of(read(condition, field.name))


def sync_modes_of(fields: Iterable[Field]) -> Iterator[object]:
    """Yield every sync mode that the conditions of fields name, and of fields inside them."""
    for field in fields:
        for asked in _asked(field):
            if isinstance(asked, ModeIs):
                yield from asked.modes
        yield from sync_modes_of(field.fields)
        if field.item is not None:
            yield from sync_modes_of([field.item])


def _check_condition(plan: Plan, field: str, asked: FieldIs) -> None:
    """See that the other field exists and can have one of the values."""
    where, name = place(plan.cls, field), asked.name
    if name not in plan.parts and name not in plan.fixed:
        raise HookError(f"{where}: depends on `{name}`, which is not a field of the class")
    if name in plan.fixed:
        return
    other = plan.parts[name]
    for value in asked.values or ("",):
        if value is not None and not _can_be(other, value):
            raise HookError(f"{where}: `{name}` can never be {value!r} (None means not given)")


def _can_be(part: Part, value: object) -> bool:
    return part.field.kind in COMPARABLE and value != "" and part.convert(value) == value


def _depended(plan: Plan, field: Field) -> Iterator[str]:
    """Name every field that *field* hangs on, near and far; ends where a circle closes."""
    seen: set[str] = set()
    waiting = _depends_on(field)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in plan.parts:
            continue
        seen.add(name)
        yield name
        waiting.extend(_depends_on(plan.parts[name].field))


def _depends_on(field: Field) -> list[str]:
    parts = () if field.depends_on is None else parts_of(read(field.depends_on, field.name))
    return [asked.name for asked in parts if isinstance(asked, FieldIs)]


def default_of(cls: type, attribute: attrs.Attribute[Any]) -> Any:
    """Return an attribute's default as attrs takes it, in the type of the annotation.

    A secret's default may be written as text; on the instance it has to be a `Secret` all the same.
    """
    default, known = _default(attribute)
    if not known or isinstance(attribute.default, _FACTORY):
        return attribute.default
    try:
        field = describe(cls, attribute)
    except HookError:
        if attribute.init:
            raise
        return default  # no input, so it may be of any type
    return _typed(field, converter(field, _nested), default, place(cls, attribute.name))
