"""What an annotation says about a field's values."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from datetime import date, datetime
from typing import (
    Any,
    Final,
    Literal,
    NamedTuple,
    NewType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from portcall.errors import HookError
from portcall.secret import Secret

KINDS: Final[Mapping[object, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    datetime: "datetime",
    date: "date",
    Secret: "secret",
    Any: "any",
    object: "any",
    dict: "object",
    list: "list",
    tuple: "list",
}

_LISTS: Final = {list: list, MutableSequence: list, tuple: tuple, Sequence: tuple}
_OBJECTS: Final = (dict, Mapping, MutableMapping)

# Names that a linter likes to see imported for type checking only.
_USUAL: Final[dict[str, object]] = {
    "Any": Any,
    "Literal": Literal,
    "Mapping": Mapping,
    "Secret": Secret,
    "Sequence": Sequence,
    "date": date,
    "datetime": datetime,
}


class Shape(NamedTuple):
    """The values an annotation stands for.

    Args:
        kind: One of `KINDS`' values.
        type: The class of the values: ``str``, ``tuple``, an attrs class.
        nullable: The annotation allows None.
        item: What a list or an object of any keys holds; None if that is anything.
        literals: The values of a ``Literal``.
    """

    kind: str
    type: Any
    nullable: bool = False
    item: Shape | None = None
    literals: tuple[object, ...] = ()


ANYTHING: Final = Shape("any", object, nullable=True)


def resolved(cls: type, attribute: attrs.Attribute[Any]) -> Any:
    """Return an attribute's annotation as a type, also where it was written as text.

    Raises:
        HookError: It names something that the class's module does not have at run time.
    """
    owner = next(c for c in cls.__mro__ if _declares(c, attribute))
    names = {**_USUAL, **getattr(sys.modules.get(owner.__module__), "__dict__", {})}
    holder = types.SimpleNamespace(__annotations__={"it": attribute.type})
    try:
        return get_type_hints(holder, names)["it"]
    except Exception as error:
        raise HookError(
            f"{place(cls, attribute.name)}: the annotation {attribute.type!r} cannot be resolved"
            f" ({error}); import what it names at run time, at the top of the module"
        ) from error


def shape_of(annotation: Any, where: str) -> Shape:
    """Read one annotation.

    Args:
        annotation: A type, resolved.
        where: Class and field, for the error.

    Raises:
        HookError: No input can be made of such a type.
    """
    base = _shape(annotation, where)
    if base is None:
        raise HookError(
            f"{where}: no input can be made of {annotation!r}; use str, int, float, bool, datetime,"
            " date, Secret, Any, Literal, an attrs class, dict[str, X], list[X], tuple[X, ...],"
            " or one of these with `| None`"
        )
    return base


def attrs_class(cls: object) -> type:
    """Return *cls* back if it is an attrs class.

    Raises:
        HookError: It is something else.
    """
    if isinstance(cls, type) and attrs.has(cls):
        return cls
    raise HookError(f"{cls!r} is not an attrs class; decorate it with @attrs.frozen")


def place(cls: type, name: str) -> str:
    """Name a class's field, for an error."""
    return f"{cls.__module__}.{cls.__qualname__}.{name}"


def _declares(cls: type, attribute: attrs.Attribute[Any]) -> bool:
    own = vars(cls).get("__attrs_attrs__", ())
    return any(a.name == attribute.name and not a.inherited for a in own)


def _shape(annotation: Any, where: str) -> Shape | None:
    while isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return _union(args, where)
    if origin is Literal:
        return _literal(args)
    if annotation is None or origin is None:
        return _plain(annotation)
    return _container(origin, args, where)


def _union(args: tuple[Any, ...], where: str) -> Shape | None:
    """Only ``X | None``: a form cannot ask for one of two types."""
    rest = [a for a in args if a is not types.NoneType]
    if len(rest) != 1 or len(args) == 1:
        return None
    return shape_of(rest[0], where)._replace(nullable=True)


def _literal(args: tuple[object, ...]) -> Shape | None:
    values = tuple(a for a in args if a is not None)
    kinds = {type(v) for v in values}
    if len(kinds) != 1 or not kinds <= {str, int}:
        return None
    only = kinds.pop()
    return Shape(KINDS[only], only, nullable=None in args, literals=values)


def _plain(annotation: Any) -> Shape | None:
    if annotation is Any or annotation is object:
        return ANYTHING
    if annotation in _OBJECTS:
        return Shape("object", dict)
    if annotation in _LISTS:
        return Shape("list", _LISTS[annotation], item=ANYTHING)
    if annotation in KINDS:
        return Shape(KINDS[annotation], annotation)
    if isinstance(annotation, type) and attrs.has(annotation):
        return Shape("object", annotation)
    return None


def _container(origin: Any, args: tuple[Any, ...], where: str) -> Shape | None:
    if origin in _OBJECTS and args[0] in {str, Any}:
        item = shape_of(args[1], where)
        return Shape("object", dict, item=None if item == ANYTHING else item)
    variadic = origin is not tuple or args[1:] == (...,)
    if origin in _LISTS and variadic:
        return Shape("list", _LISTS[origin], item=shape_of(args[0], where))
    return None
