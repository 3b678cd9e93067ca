"""A function of an author's that asks for what it uses, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, get_type_hints

import attrs

from portcall.errors import HookError
from portcall.raised import ends_program, text_of


@attrs.frozen(eq=False)
class Callee:
    """A function, and which arguments it asks for.

    Args:
        function: As the author wrote it.
        names: The names of its parameters.
    """

    function: Callable[..., Any]
    names: tuple[str, ...]

    @classmethod
    def of(cls, function: Callable[..., Any], offered: frozenset[str], what: str) -> Callee:
        """Look at a function once.

        Raises:
            HookError: It asks for something that is not offered.
        """
        names = tuple(inspect.signature(function).parameters)
        unknown = sorted(set(names) - offered)
        if unknown:
            raise HookError(
                f"{what} asks for {', '.join(unknown)}; it can have {', '.join(sorted(offered))}"
            )
        return cls(function, names)

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Call the function with those of the given arguments that it asks for.

        Raises:
            HookError: The function tried to end the program. Whatever else it raises stays as it is.
        """
        try:
            return self.function(
                **dict(zip(self.names, map(given.__getitem__, self.names), strict=True))
            )
        except (SystemExit, GeneratorExit) as exc:
            if not ends_program(exc):
                raise
            raise HookError(
                f"{self.function.__module__}.{self.function.__qualname__} tried to end the program "
                f"({type(exc).__name__}: {text_of(exc)})"[:600]
            ) from exc

    def annotation(self, name: str, what: str) -> Any:
        """Resolve one annotation; the others may name what only a type checker imports.

        Raises:
            HookError: It names something that its module does not have at run time.
        """
        written = inspect.get_annotations(self.function).get(name)
        only = SimpleNamespace(__annotations__={name: written})
        try:
            return get_type_hints(only, globalns=self.function.__globals__)[name]
        except NameError as exc:
            raise HookError(f"{what}: {exc} in the annotation of {name!r}") from exc
