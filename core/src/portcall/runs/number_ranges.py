"""Numbers as texts that stay short: ``3 7-12 40``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def to_text(numbers: Iterable[int]) -> str:
    """Write ascending numbers."""
    return " ".join(f"{a}-{b}" if b > a else str(a) for a, b in _spans(numbers))


def from_text(text: str) -> Iterator[int]:
    """Read what `to_text` wrote.

    Raises:
        ValueError: It was not written by it.
    """
    for word in text.split():
        first, _, last = word.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last
