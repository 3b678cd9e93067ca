"""The decorator that marks a function as a plugin's answer to a hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from pluggy import HookimplMarker

from portcall.errors import HookError
from portcall.plugins.hookspecs import NAME

if TYPE_CHECKING:
    from portcall.plugins.hookimpl_signatures import HookimplSignatures
else:
    HookimplSignatures = object

_F = TypeVar("_F", bound=Callable[..., object])
_mark: Final = HookimplMarker(NAME)


class Hookimpl(HookimplSignatures):
    """Marks a function as this plugin's answer to the hook of the same name.

    ``@hookimpl`` takes any function. ``@hookimpl.extend_request``, and likewise for every other hook, does
    the same, and lets mypy and pyright compare the function's arguments and answer with the hookspec.

    A scheme that brings hookspecs lets its destinations have the same for them, with a subclass::

        class SessionHookimpl(Hookimpl):
            def session_login(self, function: LoginFunction) -> LoginFunction:
                return self.answering("session_login", function)

    where ``LoginFunction`` is a type variable bound to the callables that answer the hook.
    """

    @overload
    def __call__(self, function: _F) -> _F: ...
    @overload
    def __call__(
        self, *, wrapper: bool = False, optionalhook: bool = False
    ) -> Callable[[_F], _F]: ...
    def __call__(
        self,
        function: Any = None,
        *,
        wrapper: bool = False,
        optionalhook: bool = False,
    ) -> Any:
        """Mark a function.

        Args:
            function: The function, where used as a bare decorator.
            wrapper: The function is a generator that runs around the weaker layers (extras).
            optionalhook: No error if nothing declares this hook (one that only some schemes bring).

        Returns:
            The function itself, marked, and marked as no test of pytest's.
        """

        def mark(marked: _F) -> _F:
            vars(marked)["__test__"] = False
            return _mark(marked, wrapper=wrapper, optionalhook=optionalhook)

        return mark if function is None else mark(function)

    def answering(self, hook: str, function: _F) -> _F:
        """Mark a function as the answer to one hook.

        Args:
            hook: The name of the hook.
            function: Has the same name.

        Raises:
            HookError: The function has another name, so that it would answer another hook.
        """
        name = getattr(function, "__name__", "")
        if name != hook:
            raise HookError(f"@hookimpl.{hook} marks a function called {name!r}: call it {hook!r}")
        return self(function)

    if not TYPE_CHECKING:  # where types are checked, the signatures of the hooks stand

        def __getattr__(self, hook: str) -> Callable[..., Any]:
            if hook.startswith(("_", NAME)):  # Python and pluggy look for marks
                raise AttributeError(hook)

            def mark(function: Any = None, *, wrapper: bool = False) -> Any:
                if function is not None:
                    return self.answering(hook, function)
                around = self(wrapper=wrapper)
                return lambda generator: around(self.answering(hook, generator))

            return mark


hookimpl: Final = Hookimpl()
