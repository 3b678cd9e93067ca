"""What a directive is made of: a rule for its argument, and a builder of closures."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

import attrs

from portcall.actions.mapping.rules import Rule, pointer
from portcall.actions.mapping.values import Run, as_is, detach
from portcall.errors import MappingError, Problem


class Want(Enum):
    """What the caller of a closure does with the value, which says what it may get."""

    LOOK = "look"
    """Read it and let go: it may be part of the event, and have missing keys and items in it."""

    KEEP = "keep"
    """Put it into the payload: fresh, and nothing in it is missing."""

    MERGE = "merge"
    """Merge it: as `KEEP`, but a key that is missing is there, to replace what it is merged with."""

    @property
    def inside(self) -> Want:
        """What the parts of an object or list are for."""
        return Want.LOOK if self is Want.LOOK else Want.KEEP


class Compile(Protocol):
    """Compiles one node of a mapping."""

    def __call__(self, node: Any, want: Want, at: str) -> Run:
        """Closure for ``node``, which stands at the JSON pointer ``at``."""


@attrs.frozen
class Site:
    """The place of one directive in its mapping.

    Args:
        at: JSON pointer of the directive's argument.
        want: What the value is for.
        compiler: Compiles what is inside.
    """

    at: str
    want: Want
    compiler: Compile

    def inner(self, node: Any, want: Want, *keys: object) -> Run:
        """Compile a node of the argument that stands ``keys`` deeper."""
        return self.compiler(node, want, pointer(self.at, *keys))

    def settle(self) -> Callable[[Any], Any]:
        """What to do with lists and objects of the event: copy, or hand out."""
        return as_is if self.want is Want.LOOK else detach

    def error(self, message: str) -> MappingError:
        """An error of this directive, about one event."""
        problem = Problem(self.at, f"{self.at} {message}.")
        return MappingError("The mapping cannot be applied to this event.", [problem])


@attrs.frozen
class Spec:
    """One directive.

    Args:
        check: The rule for its argument.
        build: Closure for an argument that keeps the rule.
    """

    check: Rule
    build: Callable[[Any, Site], Run]
