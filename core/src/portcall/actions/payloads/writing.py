"""The JSON of a payload as lines, made of the variables that hold its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, Final, TypeAlias

from portcall.actions.payloads.making import attributes
from portcall.actions.payloads.source import Source
from portcall.fields.checking import Part, Plan
from portcall.requests.json_bodies import bare_encoder, encode_json, json_text

_Place: TypeAlias = tuple[str, str, Part]
"""The name of an attribute, the variable that holds it, and the field."""

_WORDS: Final = {True: "true", False: "false"}


def write_json(source: Source, plan: Plan, made: Mapping[str, str]) -> str:
    """Write what makes the JSON of a payload: by the fields' names, without what is None.

    Args:
        source: The function so far, inside its ``try``.
        plan: Of a class that only keeps what it is given.
        made: The variable of each checked field.

    Returns:
        The variable with the bytes.
    """
    names = attributes(plan) or {}
    order = [(names[each], made[each], part) for each, part in plan.parts.items()]
    encoder = bare_encoder()
    if encoder is None:
        _text(source, order)
    else:
        _object(
            source, order, encoder if all(_is_checked(part) for *_, part in order) else encode_json
        )
    return "data"


def _object(source: Source, order: list[_Place], encoder: Callable[[Any], bytes]) -> None:
    """For orjson: an object after all, which it writes faster than Python puts texts together."""
    first = next((n for n, (*_, part) in enumerate(order) if _may_be_none(part)), len(order))
    pairs = ", ".join(f"{source.value(name)}: {value}" for name, value, _ in order[:first])
    source.line(f"data = {{{pairs}}}")
    for name, value, part in order[first:]:
        test = f"if {value} is not None: " if _may_be_none(part) else ""
        source.line(f"{test}data[{source.value(name)}] = {value}")
    source.line(f"data = {source.value(encoder)}(data)")


def _text(source: Source, order: list[_Place]) -> None:
    """For the standard library: its C function for texts, and no object between."""
    pieces = []
    for name, value, part in order:
        key, written = source.value(f",{encode_basestring(name)}:"), _written(source, part, value)
        if _may_be_none(part):
            piece = source.variable()
            source.line(f"{piece} = '' if {value} is None else f'{{{key}}}{{{written}}}'")
            pieces.append(piece)
        else:
            pieces += [key, written]
    source.line(f"data = f'{''.join(f'{{{piece}}}' for piece in pieces)}'")
    source.line("data = f'{{{data[1:]}}}'.encode()")  # no comma before the first


def are_all_checked(plan: Plan) -> bool:
    """Return whether each field of a payload is None, or what `write_unescaped` writes."""
    return all(map(_is_checked, plan.parts.values()))


def write_unescaped(source: Source, plan: Plan, made: Mapping[str, str]) -> int:
    """Write what makes the JSON of a payload as if JSON escaped no character of its texts.

    Args:
        source: The function so far, inside its ``try``. The quotation marks that a payload lacks, as it
            has a None, are added to its variable ``lacking``.
        plan: Of a class that only keeps what it is given, and whose fields are all checked.
        made: The variable of each field; the characters of texts are not checked.

    Returns:
        The quotation marks in the variable ``text`` where no field is None and no text holds one.
    """
    names = attributes(plan) or {}
    order = [(names[each], made[each], part) for each, part in plan.parts.items()]
    optional = [value for _, value, part in order if _may_be_none(part)]
    if optional:
        with source.block(f"if {' and '.join(f'{value} is not None' for value in optional)}:"):
            source.line(f"text = {_unescaped(source, order)}")
        with source.block("else:"):
            pieces = [_piece(source, place) for place in order]
            source.line(f"text = f'{''.join(f'{{{piece}}}' for piece in pieces)}'")
            source.line("text = f'{{{text[1:]}}}'")  # no comma before the first
    else:
        source.line(f"text = {_unescaped(source, order)}")
    return sum(map(_quotes, order))


def _unescaped(source: Source, order: list[_Place]) -> str:
    """Return the expression for an object with each field."""
    pieces, between = [], "{"
    for name, value, part in order:
        quote = '"' if part.field.kind == "string" else ""
        between += f"{encode_basestring(name)}:{quote}"
        pieces += [source.value(between), _bare(source, part, value)]
        between = f"{quote},"
    pieces.append(source.value(f"{between[:-1]}}}"))
    return f"{source.value(''.join)}(({', '.join(pieces)}))"


def _piece(source: Source, place: _Place) -> str:
    """Write what makes the part of an object that is one field, with a comma before it."""
    name, value, part = place
    piece = source.variable()
    quote = '"' if part.field.kind == "string" else ""
    key, end = source.value(f",{encode_basestring(name)}:{quote}"), source.value(quote)
    whole = f"{piece} = f'{{{key}}}{{{_bare(source, part, value)}}}{{{end}}}'"
    if not _may_be_none(part):
        source.line(whole)
        return piece
    with source.block(f"if {value} is None:"):
        source.line(f"{piece} = ''")
        source.line(f"lacking += {_quotes(place)}")
    source.line(f"else: {whole}")
    return piece


def _quotes(place: _Place) -> int:
    return 4 if place[2].field.kind == "string" else 2


def _bare(source: Source, part: Part, value: str) -> str:
    """Return the expression for what a value is written as, without the quotation marks of a text."""
    encoder = bare_encoder()
    if part.field.kind == "number" and encoder is not None:
        return f"{source.value(encoder)}({value}).decode()"
    if part.field.kind == "boolean":
        return f"{source.value(_WORDS)}[{value}]"
    return value if part.field.kind == "string" else f"{source.value(repr)}({value})"


def _written(source: Source, part: Part, value: str) -> str:
    """Return the expression for the JSON of a value that is not None."""
    field = part.field
    if not _is_checked(part):
        return f"{source.value(json_text)}({value})"
    if field.kind == "string":
        return f"{source.value(encode_basestring)}({value})"
    if field.kind == "boolean":
        return f"{source.value(_WORDS)}[{value}]"
    return f"{source.value(repr)}({value})"


def _may_be_none(part: Part) -> bool:
    return not (_is_checked(part) and (_is_never_absent(part) or _default(part) is not None))


def _is_checked(part: Part) -> bool:
    """Return whether `write_check` lets only a text, a finite number or a truth value through, or None."""
    field = part.field
    if field.kind not in {"string", "integer", "number", "boolean"}:
        return False
    if field.kind != "string" and isinstance(field.choices, tuple):
        return False
    return _is_never_absent(part) or _default(part) is None or _is_usual(field.kind, _default(part))


def _is_never_absent(part: Part) -> bool:
    return part.fill is None or (part.needs is True and part.counts is True)


def _default(part: Part) -> object:
    return None if part.fill is None else part.fill()


def _is_usual(kind: str, default: object) -> bool:
    """Return whether a default is of the very type that its kind is written by."""
    if type(default) is float:
        return kind == "number" and isfinite(default)
    types = {"string": str, "integer": int, "boolean": bool, "number": int}
    return type(default) is types[kind]
