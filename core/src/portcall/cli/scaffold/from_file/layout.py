"""How Python code is laid out: on one line where it fits, else an entry on each line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

WIDTH: Final = 100


@attrs.frozen
class Entries:
    """Code in brackets: a call, a list, a tuple or a table.

    Args:
        start: What comes before the first entry: ``"field("``.
        entries: Each with what comes before its value: ``"label="``.
        end: The closing bracket.
    """

    start: str
    entries: tuple[tuple[str, Code], ...]
    end: str


Code = str | Entries


def call(name: str, *values: Code, **named: Code) -> Entries:
    """Return a call."""
    entries = [("", each) for each in values]
    return Entries(f"{name}(", (*entries, *((f"{n}=", v) for n, v in named.items())), ")")


def table(members: Iterable[tuple[str, Code]]) -> Entries:
    """Return a dict of texts and code."""
    return Entries("{", tuple((f"{literal(name)}: ", value) for name, value in members), "}")


def listed(items: Sequence[Code]) -> Entries:
    """Return a list."""
    return Entries("[", tuple(("", each) for each in items), "]")


def literal(value: Any) -> str:
    """Return a constant on one line, as formatters write it."""
    return one_line(constant(value))


def constant(value: Any) -> Code:
    """Return a constant: a text, a number, or lists and dicts of them."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return table((name, constant(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return listed([constant(each) for each in value])
    return repr(value)


def _quoted(text: str) -> str:
    written = repr(text)
    if '"' not in text:
        return f'"{written[1:-1]}"'
    if "'" in text and text.count('"') <= text.count("'"):
        return '"' + written[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    return written


def one_line(code: Code) -> str:
    """Return code on one line, however long."""
    if isinstance(code, str):
        return code
    inner = ", ".join(f"{before}{one_line(value)}" for before, value in code.entries)
    return f"{code.start}{inner}{code.end}"


def laid_out(code: Code, before: str = "", after: str = "", indent: int = 0) -> str:
    """Return lines of code that begin with *before* and end with *after*."""
    space = " " * indent
    line = f"{space}{before}{one_line(code)}{after}"
    if len(line) <= WIDTH or isinstance(code, str) or not code.entries:
        return line
    lines = [f"{space}{before}{code.start}"]
    lines += [laid_out(value, name, ",", indent + 4) for name, value in code.entries]
    return "\n".join([*lines, f"{space}{code.end}{after}"])


def condition(tests: Sequence[Code], indent: int) -> str:
    """Return the first lines of an ``if`` whose tests all must hold."""
    space = " " * indent
    line = f"{space}if {' and '.join(map(one_line, tests))}:"
    if len(line) <= WIDTH:
        return line
    if len(tests) == 1:
        return laid_out(tests[0], "if ", ":", indent)
    before = f"if {' and '.join(map(one_line, tests[:-1]))} and "
    if isinstance(tests[-1], Entries) and len(f"{space}{before}{tests[-1].start}") <= WIDTH:
        return laid_out(tests[-1], before, ":", indent)
    lines = [laid_out(each, "and " if n else "", "", indent + 4) for n, each in enumerate(tests)]
    return "\n".join([f"{space}if (", *lines, f"{space}):"])
