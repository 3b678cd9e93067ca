"""Literals, ranges and paths, and operators between them, compiled to closures."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Final

import attrs

from portcall.actions.mapping.liquid_language.javascript import BLANK, EMPTY, NIL, number, plain
from portcall.actions.mapping.liquid_language.operators import ABSENT, Term, constant, operated
from portcall.actions.mapping.liquid_language.scanner import Scanner
from portcall.actions.mapping.liquid_language.scope import (
    LiquidError,
    Read,
    Scope,
    key_of,
    property_of,
)
from portcall.actions.mapping.values import MISSING

_LITERALS: Final = {
    "true": True,
    "false": False,
    "nil": NIL,
    "null": NIL,
    "empty": EMPTY,
    "blank": BLANK,
}
_MOST_NESTED: Final = 50
_LONGEST_PATH: Final = 1_000


@attrs.define
class Expressions:
    """Reads the expressions of one template.

    Args:
        assigned: Names that the template has given values of its own so far.
        trial: What calculates the values that are the same for every event.
        depth: How many brackets are open.
    """

    assigned: set[str] = attrs.field(factory=set)
    trial: Scope = attrs.field(factory=lambda: Scope({}))
    depth: int = 0

    def operation(self, scanner: Scanner) -> Term | None:
        """Read values and operators; None if there are none."""
        found: list[Term | str] = []
        while not scanner.done():
            read = scanner.operator() or self.value(scanner)
            if not read:
                break
            found.append(read)
        return operated(found) if found else None

    def value(self, scanner: Scanner) -> Term | None:
        """Read a literal, a text, a number, a range or a path; None if there is none of them."""
        start = self._simple(scanner)
        keys = self._keys(scanner, first=start is None)
        if start is None and keys:
            start, *keys = self._root(keys[0]), *keys[1:]
        return self._path(start, keys) if start and keys else start

    def path(self, scanner: Scanner) -> Term | None:
        """Read a path; None if there is none."""
        scanner.skip_blank()
        keys = self._keys(scanner, first=True)
        return self._path(self._root(keys[0]), keys[1:]) if keys else None

    def required(self, scanner: Scanner) -> Term:
        """Read a value that must be there."""
        term = self.value(scanner)
        scanner.expect(term, "needs a value")
        return term or ABSENT

    def _simple(self, scanner: Scanner) -> Term | None:
        if word := scanner.literal():
            return constant(_LITERALS[word])
        if (quoted := scanner.quoted()) is not None:
            return constant(quoted)
        if scanner.peek() == "(":
            return self._nested(scanner, self._range)
        found = scanner.number()
        return None if found is None else constant(found)

    def _range(self, scanner: Scanner) -> Term:
        scanner.skip("(")
        low = self.required(scanner)
        scanner.skip_blank()
        scanner.expect(scanner.skip(".") and scanner.skip("."), "has a range without '..'")
        high = self.required(scanner)
        scanner.skip_blank()
        scanner.expect(scanner.skip(")"), "has a range without ')'")
        return Term(_range(low.read, high.read), fixed=low.fixed and high.fixed)

    def _keys(self, scanner: Scanner, *, first: bool) -> list[Term]:
        keys: list[Term] = []
        while True:
            if scanner.skip("["):
                keys.append(self._nested(scanner, self._bracket))
            elif (first and not keys and (name := scanner.identifier())) or (
                name := _after_dot(scanner)
            ):
                keys.append(constant(name))
            else:
                return keys

    def _path(self, start: Term, keys: list[Term]) -> Term:
        return functools.reduce(lambda term, key: _step(term, key, self.trial), keys, start)

    def _bracket(self, scanner: Scanner) -> Term:
        key = self.value(scanner) or constant("")
        scanner.expect(scanner.skip_past("]"), "has a '[' without ']'")
        return key

    def _nested(self, scanner: Scanner, inner: Callable[[Scanner], Term]) -> Term:
        self.depth += 1
        if self.depth > _MOST_NESTED:
            raise LiquidError(f"nests more than {_MOST_NESTED} brackets")
        term = inner(scanner)
        self.depth -= 1
        return term

    def _root(self, key: Term) -> Term:
        if not key.fixed:
            return Term(lambda scope: scope.root(key_of(key.read(scope))))
        name = key_of(key.read(self.trial))
        if name in self.assigned or name == "size":
            return Term(lambda scope: scope.root(name))
        return Term(lambda scope: scope.event.get(name, MISSING))


@functools.lru_cache(maxsize=256)
def path_in(source: str) -> Read:
    """Return what reads a path in an item of a list.

    Args:
        source: The path; what is behind the path in this text counts for nothing.

    Raises:
        LiquidError: A bracket is not closed, or the text is too long.
    """
    if len(source) > _LONGEST_PATH:
        raise LiquidError(f"has a path of more than {_LONGEST_PATH} characters")
    return (Expressions().path(Scanner(source, 0, len(source))) or ABSENT).read


def _after_dot(scanner: Scanner) -> str:
    """The key behind a dot; two dots are those of a range."""
    if scanner.peek() != "." or scanner.peek(1) == ".":
        return ""
    scanner.skip(".")
    return scanner.identifier()


def _step(start: Term, key: Term, trial: Scope) -> Term:
    read = start.read
    if not key.fixed:
        look = key.read
        return Term(lambda scope: property_of(read(scope), plain(look(scope))))
    name = plain(key.read(trial))
    if not isinstance(name, str) or name == "size":
        return Term(lambda scope: property_of(read(scope), name), fixed=start.fixed)

    def step(scope: Scope) -> Any:
        value = read(scope)
        if value.__class__ is dict:
            return value.get(name, MISSING)
        return property_of(value, name)

    return Term(step, fixed=start.fixed)


def _range(low: Read, high: Read) -> Read:
    def read(scope: Scope) -> list[float]:
        start, end = number(low(scope)), number(high(scope))
        length = end - start + 1
        if not length > 0:  # also where one of them is not a number
            return []
        scope.spend(length)
        return [start + step for step in range(math.ceil(length))]

    return read
