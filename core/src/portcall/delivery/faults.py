"""Bugs of a plugin: told apart from what an event or a destination is to blame for, and where they are."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from portcall.errors import PluginError, PortcallError
from portcall.raised import text_of

_NOTE: Final = "portcall: "
_OURS: Final = str(Path(__file__).parent.parent)
_TOOLS: Final = ("pluggy", "attr", "attrs")


def is_fault(exc: BaseException) -> bool:
    """Return whether *exc* is a bug of a plugin: not an error of portcall, or one about a plugin."""
    return isinstance(exc, PluginError) or not isinstance(exc, PortcallError)


def describe_fault(exc: BaseException, where: str) -> str:
    """Return a sentence that names the plugin, the file and the line, and what was raised there.

    The exception gets the place as a note, for those who print it themselves.

    Args:
        exc: What was raised.
        where: What was called of which plugin: ``"action 'post' of plugin 'acme' (portcall-acme 1.2)"``.
    """
    notes = [note for note in getattr(exc, "__notes__", ()) if str(note).startswith(_NOTE)]
    if notes:  # out of a hook: the stack has said of which plugin
        where = str(notes[-1]).removeprefix(f"{_NOTE}in ")
    place = _place(exc.__traceback__)
    found = f"{where}, {place}" if place and place not in where else where
    note = f"{_NOTE}in {found}"
    if note not in notes:
        exc.add_note(note)
    text = text_of(exc)
    said = text if isinstance(exc, PluginError) else f"{type(exc).__name__}: {text}".rstrip(": ")
    return f"a fault of the plugin, in {found}: {said}"


def _place(trace: TracebackType | None) -> str:
    """Return file and line of the deepest call that is not in portcall or its tools."""
    place = ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith((_OURS, "<")) and Path(file).parent.name not in _TOOLS:
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
