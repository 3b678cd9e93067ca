"""Find out whose hookimpl an exception or a wrong answer came out of."""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType, TracebackType
from typing import Any

import attrs
import pluggy


@attrs.frozen
class Layer:
    """One plugin of a stack.

    Args:
        kind: ``"core"``, ``"extra"``, ``"scheme"`` or ``"destination"``.
        name: The plugin's slug.
        source: Its distribution and version, for messages.
        plugin: The object with the hookimpls.
    """

    kind: str
    name: str
    source: str
    plugin: object = attrs.field(repr=False)

    @property
    def key(self) -> str:
        """Name in the plugin manager: two kinds may use one slug."""
        return f"{self.kind} {self.name}"


def culprit(caller: pluggy.HookCaller, layers: Sequence[Layer], exc: BaseException | None) -> Layer:
    """Return the layer that *exc* came out of; without a trace of it, the strongest that answers."""
    owners = {_code(impl.function): impl.plugin_name for impl in caller.get_hookimpls()}
    key = [*owners.values()][-1] if owners else layers[-1].key
    trace: TracebackType | None = exc.__traceback__ if exc is not None else None
    while trace is not None:
        key = owners.get(trace.tb_frame.f_code, key)
        trace = trace.tb_next
    return next(layer for layer in layers if layer.key == key)


def note(exc: BaseException, text: str) -> None:
    """Add *text* to the notes of *exc*, once."""
    if text not in getattr(exc, "__notes__", ()):
        exc.add_note(text)


def _code(function: Any) -> CodeType | None:
    """The code object that a traceback through *function* shows first."""
    function = getattr(function, "func", function)
    code = getattr(function, "__code__", None)
    return code or getattr(type(function).__call__, "__code__", None)
