"""Where the value of a field comes from, in the words of who wrote its mapping."""

from __future__ import annotations

import json
from typing import Any

from portcall.actions.mapping.rules import is_directive


def source_of(entry: Any) -> str:
    """Return in one line what an entry of a mapping reads.

    Args:
        entry: JSON, maybe a directive.

    Returns:
        ``$.userId``, the text of a template, ``constant "x"``, or the JSON of anything else.
    """
    if not is_directive(entry):
        kind = "" if isinstance(entry, dict | list) else "constant "
        return kind + _json(entry)
    [(name, argument)] = [(key, value) for key, value in entry.items() if key.startswith("@")]
    return _text(name, argument) or f"{name} {_json(argument)}"


def _text(name: str, argument: Any) -> str | None:
    """Read the usual directives; None for all others."""
    match name, argument:
        case "@path", str():
            return argument
        case "@template" | "@liquid", str():
            return _json(argument)
        case "@literal", _:
            return f"constant {_json(argument)}"
        case "@arrayPath", [first, *_]:
            return f"{first if isinstance(first, str) else source_of(first)}, each"
        case "@if", {"exists": tested, "then": then, "else": other} if tested == then:
            return f"{source_of(then)}, else {source_of(other)}"
    return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
