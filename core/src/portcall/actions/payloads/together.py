"""The JSON of many payloads: written together, and looked at together for what JSON would escape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final, TypeAlias

from portcall.actions.payloads.checks import GIVE_UP, write_text_check
from portcall.actions.payloads.source import Source
from portcall.actions.payloads.writing import write_json
from portcall.fields.checking import Plan

Row: TypeAlias = tuple[Any, ...]
"""The values of the fields of one payload; the characters of its texts are not checked."""

_SAFE: Final = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')
_ODD: Final = bytes(set(range(256)) - _SAFE)
"""Each byte but those of printable ASCII that JSON does not escape."""


def as_they_are(texts: Sequence[str], quotes: int, most: float = inf) -> list[bytes] | None:
    """Return JSON texts as bytes, if no string in them holds a character that has to be looked at.

    Args:
        texts: Of objects, written as if JSON escaped no character.
        quotes: The quotation marks that they have without those in their strings.
        most: How long each may be.

    Returns:
        None if one is longer, or a string holds a quotation mark, a backslash, a control character or
        one that is not ASCII.
    """
    whole = "\n".join(texts)
    if not whole.isascii() or (len(whole) > most and max(map(len, texts)) > most):
        return None
    data = whole.encode()
    # A line break in a string would be one odd byte more, as would a quotation mark.
    if len(data) - len(data.translate(None, _ODD)) != quotes + max(0, len(texts) - 1):
        return None
    return list(map(str.encode, texts))


def row_writer(plan: Plan, most: float) -> Callable[[Row], bytes]:
    """Generate the function that checks the texts of one row, and returns its JSON.

    It raises where the event of the row has to be prepared by itself.

    Args:
        plan: Of a class that only keeps what it is given, and whose fields are all checked.
        most: How long the JSON may be.
    """
    source = Source("row")
    made = {name: source.variable() for name in plan.parts}
    source.line(f"{', '.join(made.values())}, = row")
    for name, part in plan.parts.items():
        if part.field.kind == "string":
            write_text_check(source, part, made[name])
    write_json(source, plan, made)
    if most < inf:
        with source.block(f"if len(data) > {source.value(most)}:"):
            source.line(GIVE_UP)
    source.line("return data")
    return source.compile()
