"""The files that a plugin is written in, read and parsed but not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

MOST_FILES: Final = 500
MOST_BYTES: Final = 2_000_000
_SUFFIXES: Final = (".py", ".toml", ".json")


@attrs.frozen(slots=False)
class Source:
    """One file of a plugin.

    Args:
        path: Where it is.
        text: What it says; empty if it cannot be read.
    """

    path: Path
    text: str = attrs.field(repr=False)

    @property
    def is_python(self) -> bool:
        """Whether it is Python, rather than a destination file."""
        return self.path.suffix == ".py"

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree; an empty one of what is no Python, or cannot be parsed."""
        if not self.is_python:
            return ast.Module([], [])
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError):
            return ast.Module([], [])

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of its tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def texts(self) -> tuple[tuple[tuple[str, int | None], str], ...]:
        """Its string literals with their places, docstrings apart; of f-strings, ``{}`` for each value."""
        if not self.is_python:
            found = re.finditer(r"\"([^\"\n]*)\"|'([^'\n]*)'", self.text)
            return tuple((self.line_at(m.start()), m[1] or m[2] or "") for m in found)
        inside = {id(part) for n in self.nodes if isinstance(n, ast.JoinedStr) for part in n.values}
        prose = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        return tuple(
            (self.at(node), _text_of(node))
            for node in self.nodes
            if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inside | prose
        )

    def line_at(self, index: int) -> tuple[str, int | None]:
        """Return the place of the character at *index*."""
        return f"{self.path}", self.text.count("\n", 0, index) + 1

    def at(self, node: ast.AST) -> tuple[str, int | None]:
        """Return the place of *node*."""
        return f"{self.path}", getattr(node, "lineno", None)

    def line_of(self, text: str) -> tuple[str, int | None]:
        """Return the place where *text* stands first; without a line if it is nowhere."""
        number = self.text.find(text)
        return f"{self.path}", None if number < 0 else self.text.count("\n", 0, number) + 1


def _text_of(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
    return "".join(map(str, parts))


def sources_at(place: Path) -> tuple[Source, ...]:
    """Return the files at *place*: that file, or those of a package, in order of their names."""
    if place.is_file():
        return (_read(place),)
    return tuple(_read(path) for path, _ in zip(_files(place), range(MOST_FILES), strict=False))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file() and "__pycache__" not in path.parts:
            yield path


def _read(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            return Source(path, file.read(MOST_BYTES).decode("utf-8-sig", "replace"))
    except OSError:
        return Source(path, "")
