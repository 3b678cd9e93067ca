"""Check the entries of a table, and collect all faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from portcall.actions.mapping.values import type_name
from portcall.actions.near_names import near, shortened
from portcall.errors import MappingError, PortcallError, Problem, SettingsError

_LONGEST_NAME: Final = 60
_MOST_FAULTS: Final = 100


class Faults:
    """The faults of one pipeline, each with its place; a limited number of them is kept."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, place: str, message: str) -> None:
        """Add one fault; further lines of its message stand below the first."""
        if len(self.problems) >= _MOST_FAULTS:
            return
        text = message.replace("\n", "\n    ")
        self.problems.append(Problem(place, f"{place}: {text}" if place else text))

    def add_error(self, place: str, exc: PortcallError) -> None:
        """Add every problem of an error."""
        if not isinstance(exc, SettingsError | MappingError) or not exc.problems:
            self.add(place, str(exc))
            return
        for problem in exc.problems:
            self.add(place, problem.message)

    def error(self, what: object) -> SettingsError:
        """Return the error that lists all faults."""
        return SettingsError(f"{what} cannot be used:", self.problems)

    def raise_if_any(self, what: object) -> None:
        """Raise the error if there is any fault.

        Raises:
            SettingsError: With all of it.
        """
        if self.problems:
            raise self.error(what)


class Entries:
    """The entries of one table, each read with the type that it must have.

    Args:
        table: What the file holds.
        place: Of the table in the file; empty for the whole file.
        faults: Notes what is wrong.
        spelling: The file's names of entries, where they differ from portcall's.
    """

    def __init__(
        self, table: Mapping[str, Any], place: str, faults: Faults, spelling: Mapping[str, str]
    ) -> None:
        self._table = table
        self._place = place
        self._faults = faults
        self._spelling = spelling

    def at(self, name: str) -> str:
        """Return the place of an entry."""
        spelt = self._spelling.get(name, name)
        return f"{self._place}.{spelt}" if self._place else spelt

    def any(self, name: str) -> Any:
        """Return an entry of any type; None if the table does not have it."""
        return self._table.get(self._spelling.get(name, name))

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """Return an entry that must be text; where it is needed, it must not be empty."""
        value = self.any(name)
        if value is None:
            if needed:
                self._faults.add(self.at(name), "it is missing")
        elif not isinstance(value, str):
            self._refuse(name, "must be text", value)
        elif value or not needed:
            return value
        else:
            self._faults.add(self.at(name), "it must not be empty")
        return None

    def one_of(self, name: str, known: Sequence[str]) -> str | None:
        """Return an entry that must be one of a fixed set of words."""
        value = self.text(name)
        if value is None or value in known:
            return value
        self._faults.add(self.at(name), f"it is {shortened(value)}; {near(value, known)}")
        return None

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return an entry that must be true or false."""
        value = self.any(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._refuse(name, "must be true or false", value)
        return default

    def integer(self, name: str, least: int, most: int) -> int | None:
        """Return an entry that must be an integer within bounds."""
        value = self.any(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._refuse(name, f"must be an integer from {least} to {most}", value)
        return None

    def positive(self, name: str) -> float | None:
        """Return an entry that must be a finite number above 0."""
        value = self.any(name)
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and 0 < value < float("inf"):
            return float(value)
        self._refuse(name, "must be a number above 0", value)
        return None

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Add a fault for each unknown entry."""
        names = tuple(known)
        unknown = [name for name in self._table if name not in names]
        for name in unknown[:_MOST_FAULTS]:
            self._faults.add(self.at(name), f"there is no such entry; {near(name, names)}")

    def _refuse(self, name: str, wanted: str, value: object) -> None:
        self._faults.add(self.at(name), f"it {wanted}; it is {shown(value)}")


def shown(value: object) -> str:
    """Return a number itself, and only the type of any other value, which may be a secret."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)[:_LONGEST_NAME]
    name = type_name(value)
    return f"a{'n' * (name[0] in 'aeiou')} {name}"
