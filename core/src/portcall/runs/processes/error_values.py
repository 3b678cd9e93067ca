"""Errors as JSON values, to pass them between processes without pickle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from portcall import errors, store
from portcall.errors import PluginError, PortcallError
from portcall.raised import text_of

_IN: Final = "portcall: in "
"""The beginning of a note that says which plugin raised an error."""


def to_error(exc: BaseException) -> list[Any]:
    """Return an exception as JSON values: its kind, its text and its notes."""
    return [type(exc).__name__, text_of(exc), [f"{each}" for each in getattr(exc, "__notes__", ())]]


def from_error(told: Sequence[Any]) -> Exception:
    """Return an error that another process reported, as an error of portcall's own tree.

    An error of another type, which a plugin raised, becomes a `PluginError` that names the plugin.
    """
    kind, text, notes = told
    places = [note.removeprefix(_IN) for note in notes if note.startswith(_IN)]
    cls = getattr(errors, kind, None) or getattr(store, kind, None)
    try:
        made = cls(text) if isinstance(cls, type) and issubclass(cls, PortcallError) else None
    except TypeError:  # one that takes more than a text
        made = None
    if made is None:
        where = f"a fault of the plugin, in {places[-1]}: " if places else ""
        made = PluginError(f"{where}{kind}: {text}")
    for note in notes:
        made.add_note(note)
    return made
