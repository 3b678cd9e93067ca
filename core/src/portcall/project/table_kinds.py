"""The kinds of values that have entries themselves: tables, and choices between kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from portcall.actions.near_names import near
from portcall.project.entry_kinds import Kind, Path, Report, Schema, anything
from portcall.runs.pipelines.faults import shown


@attrs.frozen
class Entry:
    """One entry of a table.

    Args:
        kind: Of its value.
        about: Its purpose, in a sentence.
        needed: The table must have it.
    """

    kind: Kind
    about: str = ""
    needed: bool = False


@attrs.frozen
class Table:
    """A table with known entries.

    Args:
        entries: By name.
        explain: Returns advice for an unknown entry; if that is empty, the nearest name is suggested.
    """

    entries: Mapping[str, Entry]
    explain: Callable[[str], str] = anything

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not a table, unknown names in it, and every wrong entry."""
        if not isinstance(value, dict):
            report(path, f"it must be a table; it is {shown(value)}")
            return
        for name, each in value.items():
            entry = self.entries.get(name)
            if entry is not None:
                entry.kind.check(each, (*path, name), report)
            else:
                said = (
                    self.explain(name)
                    or f"there is no such entry; {near(name, list(self.entries))}"
                )
                report((*path, name), said)
        for name, entry in self.entries.items():
            if entry.needed and name not in value:
                report((*path, name), "it is missing")

    def schema(self) -> Schema:
        """Return the schema of the table."""
        properties = {
            name: {**entry.kind.schema(), **({"description": entry.about} if entry.about else {})}
            for name, entry in self.entries.items()
        }
        needed = [name for name, entry in self.entries.items() if entry.needed]
        return {
            "type": "object",
            "properties": properties,
            **({"required": needed} if needed else {}),
            "additionalProperties": False,
        }


@attrs.frozen
class Named:
    """A table whose names are chosen freely, with values of one kind.

    Args:
        kind: Of each value.
        refuse: Returns what is wrong with a name; empty if nothing is.
        pattern: A regular expression that a name matches, for editors.
    """

    kind: Kind
    refuse: Callable[[str], str]
    pattern: str

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not a table, each invalid name in it, and every wrong value."""
        if not isinstance(value, dict):
            report(path, f"it must be a table; it is {shown(value)}")
            return
        for name, each in value.items():
            if wrong := self.refuse(name):
                report((*path, name), wrong)
            self.kind.check(each, (*path, name), report)

    def schema(self) -> Schema:
        """Return the schema of the table."""
        return {
            "type": "object",
            "propertyNames": {"pattern": self.pattern},
            "additionalProperties": self.kind.schema(),
        }


@attrs.frozen
class Either:
    """A value whose type decides which of two kinds it has.

    Args:
        types: Values of these go to *first*.
        first: Their kind.
        second: The kind of all others.
    """

    types: type | tuple[type, ...]
    first: Kind
    second: Kind

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report the faults that the kind of the value's type finds."""
        kind = self.first if isinstance(value, self.types) else self.second
        kind.check(value, path, report)

    def schema(self) -> Schema:
        """Return the schema of either."""
        return {"anyOf": [self.first.schema(), self.second.schema()]}
