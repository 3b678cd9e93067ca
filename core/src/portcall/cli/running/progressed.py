"""How far one subscription has come, event by event, as its journal tells it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from portcall.cli.running.ranges import from_text, to_text


@attrs.define
class Progressed:
    """What is known of each entry of the input, by its number.

    Entries up to ``through`` are done, but for those in ``waiting``; all that is known of later ones is here.

    Args:
        through: The last entry with none before it that has no outcome.
        checksum: Of the input up to there.
        waiting: To be sent again: nothing was applied.
        begun: May be on their way.
        finished: After ``through``, taken, or not wanted after all.
        failed: After ``through``, sent and rejected, or uncertain: what is to be said of them.
    """

    through: int = 0
    checksum: int = 0
    waiting: set[int] = attrs.field(factory=set)
    begun: set[int] = attrs.field(factory=set)
    finished: set[int] = attrs.field(factory=set)
    failed: dict[int, dict[str, Any]] = attrs.field(factory=dict)

    def begin(self, numbers: Iterable[int]) -> None:
        """Entries are sent."""
        for number in numbers:
            self._forget(number)
            self.begun.add(number)

    def finish(self, numbers: Iterable[int]) -> None:
        """There is nothing left to do for entries."""
        for number in numbers:
            self._forget(number)
            if number > self.through:
                self.finished.add(number)

    def fail(self, number: int, about: dict[str, Any]) -> None:
        """An entry was sent, and not taken."""
        self._forget(number)
        self.failed[number] = about

    def wait(self, numbers: Iterable[int]) -> None:
        """Entries are to be sent again."""
        for number in numbers:
            self._forget(number)
            self.waiting.add(number)

    def _forget(self, number: int) -> None:
        """Whatever was known of an entry, it is something else now."""
        for known in (self.begun, self.waiting, self.finished):
            known.discard(number)
        self.failed.pop(number, None)

    def reach(self, through: int, checksum: int) -> None:
        """All entries up to one are done, or wait."""
        self.through, self.checksum = through, checksum
        self.finished = {number for number in self.finished if number > through}
        self.failed = {number: about for number, about in self.failed.items() if number > through}

    def is_finished(self, number: int) -> bool:
        """Say if there is nothing left to do for an entry, not even to say what became of it."""
        if number in self.waiting or number in self.failed or number in self.begun:
            return False
        return number <= self.through or number in self.finished

    def records(self) -> Iterator[str]:
        """Give the records that say all this."""
        yield f"c {self.through} {self.checksum}"
        for letter, numbers in (("w", self.waiting), ("b", self.begun), ("d", self.finished)):
            if numbers:
                yield f"{letter} {to_text(sorted(numbers))}"
        for number, about in self.failed.items():
            yield f"f {number} {json.dumps(about)}"

    def replay(self, letter: str, rest: str) -> None:
        """Take one record.

        Raises:
            ValueError: It is none.
        """
        if letter == "c":
            through, checksum = map(int, rest.split())
            self.reach(through, checksum)
        elif letter == "f":
            number, _, about = rest.partition(" ")
            self.fail(int(number), json.loads(about))
        else:
            take = {"b": self.begin, "d": self.finish, "w": self.wait}
            if letter not in take:
                raise ValueError(letter)
            take[letter](from_text(rest))
