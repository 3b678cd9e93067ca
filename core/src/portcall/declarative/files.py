"""Destination files: read TOML or JSON, check all of it, and compile it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import attrs

from portcall.declarative.compiler import LoadScheme, compile_tables
from portcall.declarative.documents import DestinationTable
from portcall.declarative.located_text import Fault, LocatedText, read_located
from portcall.declarative.places import Place, nearest
from portcall.errors import PluginLoadError, Problem, SettingsError
from portcall.fields import validate

MOST_BYTES: Final = 1_048_576
NAMES: Final = ("destination.toml", "destination.json")
_MOST_FAULTS: Final = 100


class DestinationFileError(PluginLoadError):
    """A destination file cannot be used; ``faults`` lists every reason with its place."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        shown = sorted(faults, key=lambda fault: (fault.line, fault.column))[:_MOST_FAULTS]
        super().__init__(
            "\n".join([f"{name} cannot be used:", *(f"  - {fault}" for fault in shown)])
        )
        self.faults = tuple(shown)


def read_destination(path: Path, load_scheme: LoadScheme) -> object:
    """Read and compile a destination file.

    Args:
        path: A TOML file, or JSON if its name ends in ``.json``; at most 1 MiB of UTF-8.
        load_scheme: Returns the plugin of a scheme.

    Returns:
        A plugin with the hookimpls of the destination.

    Raises:
        DestinationFileError: Lists every fault with line and column.
        PluginLoadError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise PluginLoadError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    return compile_destination(content, f"{path}", load_scheme)


def compile_destination(content: bytes, name: str, load_scheme: LoadScheme) -> object:
    """Compile the content of a destination file; arguments and errors as `read_destination`."""
    return compile_parsed(parse_destination(content, name), load_scheme)


@attrs.frozen
class ParsedFile:
    """What a destination file says, before it is compiled.

    Args:
        name: The file's name, for messages.
        table: The file.
        declared: The table of the scheme's name, as it is; None for none.
        places: Line and column of every entry, by its path.
    """

    name: str
    table: DestinationTable
    declared: Any
    places: dict[tuple[str, ...], Place]


def parse_destination(content: bytes, name: str) -> ParsedFile:
    """Read the tables of a destination file.

    Args:
        content: TOML, or JSON if the name ends in ``.json``; at most 1 MiB of UTF-8.
        name: The file's name.

    Raises:
        DestinationFileError: Lists every fault of a table with line and column.
    """
    if len(content) > MOST_BYTES:
        raise DestinationFileError(name, [Fault(1, 1, "", f"is larger than {MOST_BYTES} bytes")])
    found = _parsed(content, name)
    data, places = found.data, found.places
    scheme = data.get("scheme", "custom")
    declared = data.pop(scheme, None) if isinstance(scheme, str) and scheme not in _TABLES else None
    try:
        table = validate(DestinationTable, data, what=name)
    except SettingsError as error:
        raise DestinationFileError(
            name, [_fault(each, places) for each in error.problems]
        ) from None
    return ParsedFile(name, table, declared, places)


def compile_parsed(parsed: ParsedFile, load_scheme: LoadScheme) -> object:
    """Compile the tables of a destination file; errors as `read_destination`."""
    faults: list[Fault] = []

    def report(at: tuple[str, ...], message: str) -> None:
        line, column = nearest(parsed.places, at)
        where = ".".join(at)
        text = f"{where}: {message}" if where else message
        if len(faults) < _MOST_FAULTS:
            faults.append(Fault(line, column, where, text))

    plugin = compile_tables(parsed.table, parsed.declared, report, load_scheme)
    if faults:
        raise DestinationFileError(parsed.name, faults)
    return plugin


_TABLES: Final = frozenset(f.name for f in attrs.fields(DestinationTable))


def _fault(problem: Problem, places: dict[tuple[str, ...], Place]) -> Fault:
    path = tuple(
        part for part in problem.path.replace("[", ".").replace("]", "").split(".") if part
    )
    line, column = nearest(places, path)
    message = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return Fault(line, column, problem.path, message)


def _parsed(content: bytes, name: str) -> LocatedText:
    whole = "must be a table with `slug` and `hosts`"
    found = read_located(content, is_json=name.endswith(".json"), otherwise=whole)
    if found.fault is not None:
        raise DestinationFileError(name, [found.fault])
    return found
