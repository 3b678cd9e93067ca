"""How far one subscription has come, event by event, as its journal tells it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from portcall.runs.inputs import Entry


@attrs.define
class Checkpoint:
    """What is known of each entry of the input, by its number.

    Entries up to ``through`` are done, except those in ``waiting``; later ones are listed one by one.

    Args:
        through: The last entry with none before it that has no outcome.
        checksum: Of the input up to there.
        seen: The last entry of which anything is known.
        seen_checksum: Of the input up to there.
        tail: The entry before ``through``, when the run came to its end.
        tail_checksum: Of the input up to there.
        waiting: To be sent again: nothing was applied.
        begun: May be on their way.
        resent: Those of them that were sent a second time, as a killed run had left them open.
        finished: After ``through``, taken, or not wanted after all.
        failed: Sent and rejected, or uncertain: what is to be said of them.
    """

    through: int = 0
    checksum: int = 0
    seen: int = 0
    seen_checksum: int = 0
    tail: int = 0
    tail_checksum: int = 0
    waiting: set[int] = attrs.field(factory=set)
    begun: set[int] = attrs.field(factory=set)
    resent: set[int] = attrs.field(factory=set)
    finished: set[int] = attrs.field(factory=set)
    failed: dict[int, dict[str, Any]] = attrs.field(factory=dict)

    @property
    def points(self) -> dict[int, int]:
        """The entries up to which the checksum of the input is known, with that checksum."""
        found = {self.through: self.checksum, self.seen: self.seen_checksum}
        return {number: checksum for number, checksum in found.items() if number}

    def end(self, last: Entry, before: Entry) -> None:
        """Note that all entries of the input are done; *before* is the last but one."""
        self.reach(last.number, last.checksum)
        self.tail, self.tail_checksum = before.number, before.checksum
        for known in (self.begun, self.resent, self.waiting, self.finished, self.failed):
            known.clear()

    def go_back(self, sums: Mapping[int, int | None]) -> None:
        """Forget, of an ended run, what is not true of the input as it is now.

        A last line may have been cut off when it was read: only that one is not what it was then.

        Args:
            sums: The checksums of the input at `points` and ``tail``.
        """
        if sums.get(self.through) == self.checksum:
            return
        keeps_tail = self.tail and sums.get(self.tail) == self.tail_checksum
        number, checksum = (self.tail, self.tail_checksum) if keeps_tail else (0, 0)
        self.through = self.seen = number
        self.checksum = self.seen_checksum = checksum
        self.tail = self.tail_checksum = 0

    def begin(self, numbers: Sequence[int], checksum: int) -> None:
        """Note that entries are sent; *checksum* is that of the last entry."""
        again = self.begun.intersection(numbers)
        self._forget(numbers)
        self.begun.update(numbers)
        self.resent |= again
        self._see(numbers[-1], checksum)

    def finish(self, numbers: Sequence[int]) -> None:
        """Note that nothing is left to do for entries."""
        self._forget(numbers)
        self.finished.update(filter(self.through.__lt__, numbers))

    def fail(self, number: int, about: dict[str, Any]) -> None:
        """Note that an entry was sent and not taken."""
        self._forget([number])
        self.failed[number] = about

    def wait(self, numbers: Sequence[int]) -> None:
        """Note that entries are to be sent again."""
        self._forget(numbers)
        self.waiting.update(numbers)

    def reach(self, through: int, checksum: int) -> None:
        """Note that all entries up to *through* are done, or wait."""
        self.through, self.checksum = through, checksum
        self._see(through, checksum)
        self.finished = {number for number in self.finished if number > through}
        self.failed = {number: about for number, about in self.failed.items() if number > through}

    def is_finished(self, number: int) -> bool:
        """Return whether nothing is left to do for an entry, reporting its outcome included."""
        if number in self.waiting or number in self.failed or number in self.begun:
            return False
        return number <= self.through or number in self.finished

    def records(self) -> Iterator[str]:
        """Return the records that `replay` makes this checkpoint of."""
        yield f"c {self.through} {self.checksum}"
        yield f"s {self.seen} {self.seen_checksum}"
        if self.tail:
            yield f"t {self.tail} {self.tail_checksum}"
        if self.begun:
            yield f"b {self.seen_checksum} {to_text(sorted(self.begun))}"
        if self.resent:
            yield f"b {self.seen_checksum} {to_text(sorted(self.resent))}"
        for letter, numbers in (("w", self.waiting), ("d", self.finished)):
            if numbers:
                yield f"{letter} {to_text(sorted(numbers))}"
        for number, about in self.failed.items():
            yield f"f {number} {json.dumps(about)}"

    def replay(self, letter: str, rest: str) -> None:
        """Apply one record.

        Raises:
            ValueError: The text is not a record.
        """
        first, _, more = rest.partition(" ")
        if letter == "c":
            self.reach(int(first), int(more))
        elif letter == "s":
            self._see(int(first), int(more))
        elif letter == "t":
            self.tail, self.tail_checksum = int(first), int(more)
        elif letter == "b":
            self.begin(list(from_text(more)), int(first))
        elif letter == "f":
            self.fail(int(first), json.loads(more))
        elif letter in {"d", "w"}:
            (self.finish if letter == "d" else self.wait)(list(from_text(rest)))
        else:
            raise ValueError(letter)

    def _see(self, number: int, checksum: int) -> None:
        if number > self.seen:
            self.seen, self.seen_checksum = number, checksum

    def _forget(self, numbers: Sequence[int]) -> None:
        """Drop what was known of entries: something else is known now."""
        for known in (self.begun, self.resent, self.waiting, self.finished):
            known.difference_update(numbers)
        if self.failed:
            for number in numbers:
                self.failed.pop(number, None)


def to_text(numbers: Sequence[int]) -> str:
    """Write ascending numbers as a text that stays short: ``3 7-12 40``."""
    if len(numbers) == 1:
        return str(numbers[0])
    if numbers and numbers[-1] - numbers[0] + 1 == len(numbers):  # none is missing, as they ascend
        return f"{numbers[0]}-{numbers[-1]}"
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
