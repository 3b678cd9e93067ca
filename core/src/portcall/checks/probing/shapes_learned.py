"""Finding a JSON answer that a plugin understands, by adding the names that it misses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

_T = TypeVar("_T")
_MOST_RUNS: Final = 40
_DEEPEST: Final = 3
_MOST_NAMES: Final = 8
_OBJECTS: Final = 3
_BAD: Final = re.compile("err|fail|refus|reject|reason|message|invalid")
_VALUES: Final = 5
"""Text, an object, an empty list, a list of objects, a number."""


@attrs.define
class Shape:
    """An answer: which names its objects have, and what is under each.

    Args:
        names: By name, which of the kinds of values stands under it.
        is_list: The answer is a list of objects rather than an object.
    """

    names: dict[str, int] = attrs.field(factory=dict)
    is_list: bool = False

    def body(self, count: int = 1) -> Any:
        """Return the answer, its lists as long as the batch it is for."""
        if self.is_list:
            return [self._object(n, count, 0) for n in range(count)]
        return self._object(0, count, 0)

    def _object(self, place: int, count: int, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"id": f"{place}", "name": "Sample", "ok": True, "success": True}
        if depth or self.is_list:  # one of several items, be they the whole answer or a part of it
            made.update(index=place, status=200)
        if depth < _DEEPEST:
            made.update(
                {n: self._value(kind, place, count, depth) for n, kind in self.names.items()}
            )
        return made

    def _value(self, kind: int, place: int, count: int, depth: int) -> Any:
        if kind == 1:
            return self._object(place, count, depth + 1)
        if kind == _OBJECTS:
            return [self._object(n, count, depth + 1) for n in range(count)]
        return ("Sample", None, [], None, 1)[kind]


def names_in(text: str) -> list[dict[str, int]]:
    """Return what a plugin's source tells of the answers that it reads: names of lists in them.

    The first guess has those that JSON paths name (``$.results[*]``), the second those that ``get`` is called
    with; none has a name that stands for failures.
    """
    paths = re.findall(r"\$\.([A-Za-z_]\w*)\[", text)
    asked = re.findall(r"\.get\(\s*[\"']([A-Za-z_]\w*)[\"']", text)
    guesses = [paths, [*paths, *asked]]
    return [
        {name: _OBJECTS for name in names[:_MOST_NAMES] if not _BAD.search(name.lower())}
        for names in guesses
        if names
    ]


def learn(
    run: Callable[[Shape], _T],
    is_good: Callable[[_T], bool],
    raised: Callable[[_T], Any],
    guesses: Sequence[Mapping[str, int]] = (),
) -> tuple[Shape, _T]:
    """Run something with one answer after another, until one is good.

    Args:
        run: Runs it once.
        is_good: Whether there is nothing more to look for.
        raised: Returns the exception that it ended with, or None.
        guesses: Names that an answer may have, tried after an object and a list with none.

    Returns:
        The answer that was good, with what came of it; of the first run if none was.
    """
    first = shape, found = Shape(), run(Shape())
    starts = [Shape(), Shape(is_list=True), *(Shape(dict(each)) for each in guesses)]
    for shape in starts:
        order: list[str] = []
        for _ in range(_MOST_RUNS):
            found = run(shape)
            if is_good(found):
                return shape, found
            name = _missing(raised(found))
            if name is not None and name not in shape.names:
                shape.names[name] = 0
                order.append(name)
            elif not _advance(shape, order):
                break
    return first


def _advance(shape: Shape, order: list[str]) -> bool:
    """Put something else under the name that was added last; return False if there is nothing left."""
    while order:
        last = order[-1]
        shape.names[last] += 1
        if shape.names[last] < _VALUES:
            return True
        del shape.names[order.pop()]
    return False


def _missing(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
            return error.args[0]
        error = error.__cause__
    return None
