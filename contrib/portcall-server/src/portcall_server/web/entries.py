"""Entries of a mapping as a person types them: ``$.userId``, a template, JSON, or plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_OPENS_JSON: Final = ("{", "[", '"')


def entry_of(text: str) -> Any:
    """Return the entry of a mapping that a text means.

    A text that begins with ``$.`` is a path, one with ``{{`` in it a template, one that is a JSON object,
    list, string, number, ``true``, ``false`` or ``null`` is that; any other is a constant.
    """
    stripped = text.strip()
    if stripped.startswith("$."):
        return {"@path": stripped}
    if stripped.startswith(_OPENS_JSON) or _is_scalar(stripped):
        try:
            return json.loads(stripped)
        except (ValueError, RecursionError):
            pass  # {{greeting}} is not JSON either
    return {"@template": text} if "{{" in text else text


def text_of_entry(entry: Any) -> str:
    """Return what is typed for an entry, so that `entry_of` makes the same of it."""
    if isinstance(entry, Mapping) and len(entry) == 1:
        [(name, argument)] = entry.items()
        if (
            name in {"@path", "@template"}
            and isinstance(argument, str)
            and entry_of(argument) == entry
        ):
            return argument
    if isinstance(entry, str) and entry_of(entry) == entry and entry == entry.strip():
        return entry
    return json.dumps(entry, ensure_ascii=False)


def _is_scalar(text: str) -> bool:
    """Return whether a text is a number, ``true``, ``false`` or ``null``, and says so in JSON's own words."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return not isinstance(value, str | dict | list) and json.dumps(value) == text
