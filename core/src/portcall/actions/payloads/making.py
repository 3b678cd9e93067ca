"""The end of a generated function: variables become the instance of a payload class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from keyword import iskeyword
from types import MemberDescriptorType
from typing import Any, Final

import attrs

from portcall.actions.payloads.source import Source
from portcall.fields.checking import Part, Plan

_OWN: Final = frozenset({"__new__", "__init_subclass__", "__class__"})


def write_instance(source: Source, plan: Plan, made: Mapping[str, str]) -> None:
    """Write what makes an instance and returns it.

    Args:
        source: The function so far.
        plan: Of the class.
        made: The variable of each field, by the name it is given to the class under.
    """
    source.line(f"return {instance(source, plan, made)}")


def instance(source: Source, plan: Plan, made: Mapping[str, str]) -> str:
    """Write what makes an instance; return the expression for it."""
    cls, names = source.value(plan.cls), attributes(plan)
    if names is None:
        pairs = ", ".join(f"{source.value(name)}: {value}" for name, value in made.items())
        return f"{cls}(**{{{pairs}}})"
    # A frozen class of attrs sets attributes by name; a draft of it takes a tenth of the time.
    source.line(f"made = {source.value(object.__new__)}({source.value(_draft(plan.cls))})")
    for name, value in made.items():
        source.line(f"made.{names[name]} = {value}")
    source.line(f"made.__class__ = {cls}")
    return "made"


def attributes(plan: Plan) -> dict[str, str] | None:
    """Return the attribute for each argument of a class that only keeps in slots what it is given."""
    cls = plan.cls
    names = {attribute.alias or attribute.name: attribute.name for attribute in attrs.fields(cls)}
    slots = all(isinstance(_own(cls, name), MemberDescriptorType) for name in names.values())
    plain = all(map(_is_plain, names.values()))
    return names if slots and plain and not _has_own_making(cls, plan.parts) else None


def _is_plain(name: str) -> bool:
    # Of other letters Python reads the NFKC form in code, which would be another name.
    return name.isascii() and name.isidentifier() and not iskeyword(name)


@lru_cache(maxsize=256)
def _draft(cls: type) -> type:
    """Make a class whose instances can be written to, and then be made instances of *cls*."""
    # Both, or Python would not write straight into the slots.
    plainly = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"{cls.__name__}Draft", (cls,), {"__slots__": (), **plainly})


def _own(cls: type, name: str) -> Any:
    """Return what a class itself, or the first of its bases that does, says about a name."""
    return next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)


def _has_own_making(cls: type, parts: Mapping[str, Part]) -> bool:
    """Return whether a class does more when it is made than keep what it is given."""
    own = ("__attrs_pre_init__", "__attrs_post_init__", "_attrs_cached_hash")
    if type(cls) is not type or any(hasattr(cls, name) for name in own):
        return True
    if any(name in vars(base) for base in cls.__mro__[:-1] for name in _OWN):
        return True
    code = getattr(vars(cls).get("__init__"), "__code__", None)
    if code is None or not code.co_filename.startswith("<attrs generated"):
        return True
    fields = attrs.fields(cls)
    return len(fields) != len(parts) or any(f.validator or f.converter for f in fields)
