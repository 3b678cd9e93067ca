"""pluggy's manager, with quick calls of single hookimpls and a trace without secrets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pluggy

from portcall.plugins.direct_calls import Ask, by_pluggy, direct


class TracedManager(pluggy.PluginManager):
    """Traces what is called, and not with what: arguments and answers carry credentials."""

    def __init__(self, name: str) -> None:
        self.asks: Final[dict[str, Ask]] = {}
        self._is_monitored = False
        super().__init__(name)

    def ask(self, hook: str) -> Ask:
        """Return what asks a hook, given what it offers in the order of its names; kept in ``asks``."""
        caller: pluggy.HookCaller = getattr(self.hook, hook)
        quick = None if self._is_monitored else direct(caller)
        return self.asks.setdefault(hook, quick or by_pluggy(caller))

    def register(self, plugin: object, name: str | None = None) -> str | None:
        self.asks.clear()
        return super().register(plugin, name)

    def unregister(self, plugin: object | None = None, name: str | None = None) -> Any:
        self.asks.clear()
        return super().unregister(plugin, name)

    def add_hookcall_monitoring(self, before: Any, after: Any) -> Callable[[], None]:
        self._is_monitored = True
        self.asks.clear()
        return super().add_hookcall_monitoring(before, after)

    def enable_tracing(self) -> Callable[[], None]:
        trace = self.trace.root.get("hook")

        def before(hook: str, impls: Sequence[pluggy.HookImpl], _: object) -> None:
            trace(hook, "asks", ", ".join(impl.plugin_name for impl in reversed(impls)))

        def after(outcome: pluggy.Result[Any], hook: str, _: object, __: object) -> None:
            failed = outcome.exception
            trace(hook, "raised" if failed else "answered", type(failed).__name__)

        return self.add_hookcall_monitoring(before, after)
