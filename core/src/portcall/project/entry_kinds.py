"""The kinds of values in a project file. Each class checks a value and describes it as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Final, Protocol, TypeAlias

import attrs

from portcall.actions.near_names import near, shortened
from portcall.runs.pipelines.faults import shown

Path: TypeAlias = tuple[str, ...]
Report: TypeAlias = Callable[[Path, str], None]
"""Takes the path of an entry and what is wrong with it."""

Schema: TypeAlias = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class Kind(Protocol):
    """The kind of an entry's value; its schema accepts what `check` accepts, as far as possible."""

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report everything that is wrong with a value."""

    def schema(self) -> Schema:
        """Return the JSON Schema of the values."""


Refuse: TypeAlias = Callable[[Any], str]
"""Returns what is wrong with a value of the right type; empty if nothing is."""


def anything(_: object) -> str:
    return ""


@attrs.frozen
class Text:
    """A text.

    Args:
        refuse: Finds faults that a schema cannot express.
        pattern: A regular expression that the whole text matches, for editors.
        may_be_empty: Allow the empty text.
    """

    refuse: Refuse = anything
    pattern: str | None = None
    may_be_empty: bool = False

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not text, or that *refuse* refuses."""
        if not isinstance(value, str):
            report(path, f"it must be text; it is {shown(value)}")
        elif not value and not self.may_be_empty:
            report(path, "it must not be empty")
        elif wrong := self.refuse(value):
            report(path, wrong)

    def schema(self) -> Schema:
        """Return the schema of a text."""
        least = {} if self.may_be_empty else {"minLength": 1}
        return {"type": "string", **least, **({"pattern": self.pattern} if self.pattern else {})}


@attrs.frozen
class Choice:
    """One of a fixed set of texts."""

    known: Sequence[str]

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not one of the texts, with the nearest of them."""
        if not isinstance(value, str):
            report(path, f"it must be text; it is {shown(value)}")
        elif value not in self.known:
            report(path, f"it is {shortened(value)}; {near(value, self.known)}")

    def schema(self) -> Schema:
        """Return the schema of the texts."""
        return {"enum": list(self.known)}


@attrs.frozen
class Switch:
    """True or false."""

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not a boolean."""
        if not isinstance(value, bool):
            report(path, f"it must be true or false; it is {shown(value)}")

    def schema(self) -> Schema:
        """Return the schema of a boolean."""
        return {"type": "boolean"}


@attrs.frozen(kw_only=True)
class Number:
    """A number within bounds.

    Args:
        whole: Allow integers only.
        least: The smallest that is allowed; None for no bound.
        most: The largest that is allowed; None for no bound.
        above: Exclude the smallest value itself.
    """

    whole: bool = False
    least: float | None = None
    most: float | None = None
    above: bool = False

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not a number, or is out of bounds."""
        if not self._is_one(value):
            report(path, f"it must be {self._phrase}; it is {shown(value)}")

    def _is_one(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if not isfinite(value) or (self.whole and not isinstance(value, int)):
            return False
        if self.least is not None and (value <= self.least if self.above else value < self.least):
            return False
        return self.most is None or value <= self.most

    @property
    def _phrase(self) -> str:
        said = "a whole number" if self.whole else "a number"
        if self.least is not None:
            said += f" above {self.least:g}" if self.above else f" from {self.least:g}"
        if self.most is not None:
            said += (
                f" up to {self.most:g}"
                if self.above or self.least is None
                else f" to {self.most:g}"
            )
        return said

    def schema(self) -> Schema:
        """Return the schema of the numbers."""
        said: Schema = {"type": "integer" if self.whole else "number"}
        if self.least is not None:
            said["exclusiveMinimum" if self.above else "minimum"] = self.least
        if self.most is not None:
            said["maximum"] = self.most
        return said


@attrs.frozen
class Items:
    """A list of values of one kind."""

    kind: Kind
    most: int = 1000

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is not a list, and every faulty item of a list."""
        if not isinstance(value, list):
            report(path, f"it must be a list; it is {shown(value)}")
            return
        if len(value) > self.most:
            report(path, f"it has {len(value)} items; at most {self.most} are taken")
        for index, each in enumerate(value[: self.most]):
            self.kind.check(each, (*path, str(index)), report)

    def schema(self) -> Schema:
        """Return the schema of the list."""
        return {"type": "array", "items": self.kind.schema(), "maxItems": self.most}


@attrs.frozen
class Free:
    """A table, or a list of tables, that another program reads."""

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report a value that is neither a table nor a list."""
        if not isinstance(value, dict | list):
            report(path, f"it must be a table; it is {shown(value)}")

    def schema(self) -> Schema:
        """Return the schema of any table."""
        return {"type": ["object", "array"]}


@attrs.frozen
class Anything:
    """A value of any kind, checked where it is used."""

    def check(self, value: object, path: Path, report: Report) -> None:
        """Report nothing."""

    def schema(self) -> Schema:
        """Return the schema that accepts everything."""
        return {}
