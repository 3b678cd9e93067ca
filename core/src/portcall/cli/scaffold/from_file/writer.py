"""What the code of one destination needs, and what of its file cannot be written as code yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from portcall.cli.scaffold.from_file.layout import Code, Entries, literal
from portcall.declarative.documents import FieldTable
from portcall.declarative.files import DestinationFileError
from portcall.declarative.located_text import Fault
from portcall.declarative.places import Place, nearest

HELPERS: Final = (
    "EACH", "each_at", "first_at", "index_at", "is_any", "present", "read_json", "retry_time", "text_at",
)  # fmt: skip
"""What ``reading.py`` of a project has."""


@attrs.define
class Writer:
    """Collects the faults of a file, and the imports of a module."""

    name: str
    places: Mapping[tuple[str, ...], Place]
    faults: list[Fault] = attrs.field(factory=list)
    imports: dict[str, set[str]] = attrs.field(factory=dict)

    def refuse(self, at: tuple[str, ...], what: str) -> None:
        """Note that an entry cannot be written as code yet."""
        line, column = nearest(self.places, at)
        where = ".".join(at)
        self.faults.append(
            Fault(line, column, where, f"{where}: {what} cannot be written as code yet")
        )

    def need(self, module: str, *names: str) -> None:
        """Note names that the code uses."""
        self.imports.setdefault(module, set()).update(names)

    def helper(self, name: str, *values: Code) -> Entries:
        """Return a call of a function of ``reading.py``."""
        self.need(".reading", name)
        return Entries(f"{name}(", tuple(("", each) for each in values), ")")

    def raise_faults(self) -> None:
        """Refuse the file if something of it cannot be written.

        Raises:
            DestinationFileError: Lists every such entry with its place.
        """
        if self.faults:
            raise DestinationFileError(self.name, self.faults)

    def written_imports(self, module: str, *, annotations: bool = True) -> str:
        """Return the import lines, in the order of isort, and start over."""
        groups: list[list[str]] = [[], [], []]
        for source, names in sorted(self.imports.items()):
            own = source.startswith(".")
            of = f"{module}{source}" if own else source
            wanted = sorted(names, key=lambda n: (not n.isupper(), n[:1].islower(), n))
            group = 2 if own else 0 if source in _STANDARD else 1
            groups[group] += _import(of, wanted)
        self.imports = {}
        head = ["from __future__ import annotations"] if annotations else []
        return "\n\n".join(["\n".join(each) for each in [head, *groups] if each])


_STANDARD: Final = frozenset({"collections.abc", "datetime", "typing"})


def _import(source: str, names: list[str]) -> list[str]:
    if names == [""]:
        return [f"import {source}"]
    line = f"from {source} import {', '.join(names)}"
    if len(line) <= 100:
        return [line]
    return [f"from {source} import (", *(f"    {each}," for each in names), ")"]


def steps(writer: Writer, source: str, at: tuple[str, ...]) -> list[Code]:
    """Return the steps of a path into an answer: ``$.errors[*].index``."""
    found: list[Code] = []
    for part in source.removeprefix("$").replace("[", ".[").split(".")[1:]:
        if part == "*":
            writer.refuse(at, "a path with `.*`")
        elif part.endswith("{*}"):
            writer.refuse(at, "a path with `{*}`")
        elif part == "[*]":
            writer.need(".reading", "EACH")
            found.append("EACH")
        else:
            found.append(part[1:-1] if part.startswith("[") else literal(part))
    return found


def at_path(writer: Writer, helper: str, value: str, path: str, at: tuple[str, ...]) -> Entries:
    """Return the call that reads a path of an answer."""
    return writer.helper(helper, value, *steps(writer, path, at))


def tests_of(
    writer: Writer, where: Mapping[str, object], value: str, at: tuple[str, ...]
) -> list[Code]:
    """Return the tests that paths of a value hold what they should."""
    found: list[Code] = []
    for path, wanted in where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        read = at_path(writer, "first_at", value, path, (*at, path))
        found.append(writer.helper("is_any", read, *map(literal, values)))
    return found


def is_optional(table: FieldTable) -> bool:
    """Return whether a field may be None."""
    directive = isinstance(table.default, dict)
    needed = table.required is True or (table.required is None and table.default is None)
    needed = needed and table.depends_on is None
    return not needed and (table.default is None or directive)
