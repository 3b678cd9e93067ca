"""A Python function that is written line by line and compiled once.

No text from outside becomes code: a value, whatever it is, goes into the namespace of the function
under a name made here, and only that name stands in a line; so do the names of
a class's attributes, if they are plain ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from sys import intern
from typing import Any, Final

_INDENT: Final = "    "


class Source:
    """The lines of one function, and the values they name.

    Args:
        argument: The name of its only argument.

    Attributes:
        repeated: The paths whose values are kept, as several lines ask for them.
    """

    def __init__(self, argument: str = "event") -> None:
        self.repeated: Collection[object] = ()
        self._argument = argument
        self._lines: list[str] = []
        self._places: dict[tuple[object, ...], str] = {}
        self._values: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._level = self._base = 1
        self._variables = 0

    def line(self, text: str) -> None:
        """Add one line where the function has come to."""
        self._lines.append(_INDENT * self._level + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Add a line that ends in a colon; what follows stands inside it."""
        self.line(head)
        self._level += 1
        yield
        self._level -= 1

    def value(self, value: object) -> str:
        """Return the name that a value has inside the function."""
        if type(value) is str:
            value = intern(
                value
            )  # as the keys of dicts that programs write: found without a comparison
        known = self._names.get(id(value))
        if known is None:
            known = self._names[id(value)] = f"c{len(self._values)}"
            self._values[known] = value  # kept alive, so that its id stays its own
        return known

    def place(self, keys: tuple[object, ...]) -> str | None:
        """Return the variable that holds what lies at a path of the event, if it is known here."""
        return self._places.get(keys)

    def remember(self, keys: tuple[object, ...], variable: str) -> None:
        """Note which variable holds what lies at a path; of no use inside a block that may be skipped."""
        if self._level == self._base:
            self._places[keys] = variable

    def begin(self) -> None:
        """Record that all lines of this level are reached, or none after."""
        self._base = self._level

    def variable(self) -> str:
        """Return a fresh name for something that is computed."""
        self._variables += 1
        return f"v{self._variables}"

    def compile(self) -> Callable[[Any], Any]:
        """Return the function."""
        # As defaults, the values are locals of the function: the fastest names that Python has.
        names = "".join(f", {name}={name}" for name in self._values)
        text = "\n".join([f"def read({self._argument}{names}):", *self._lines])
        code = compile(text, "<portcall payload>", "exec")
        exec(code, self._values)  # noqa: S102  # of our own lines only: see the top of the module
        function: Callable[[Any], Any] = self._values.pop("read")
        return function
