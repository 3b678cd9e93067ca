"""What a plugin's metadata asks of portcall (PEP 508), held against the portcall that runs."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from portcall.plugins.versions import admits

_OURS: Final = re.compile(
    r"portcall(?![-_.\w])\s*(?:\[[^\]]*\])?\s*(?P<versions>\([^)]*\)|[^;@]*)(?P<url>@[^;]*)?"
    r"(?:;(?P<marker>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<word>[A-Za-z_.]+)|(?P<sign>~=|===?|!=|<=?|>=?|[()]))"
)
_FACTS: Final[dict[str, Callable[[], str]]] = {
    "python_version": lambda: ".".join(map(str, sys.version_info[:2])),
    "python_full_version": platform.python_version,
    "os_name": lambda: os.name,
    "sys_platform": lambda: sys.platform,
    "platform_system": platform.system,
    "platform_machine": platform.machine,
    "platform_release": platform.release,
    "platform_version": platform.version,
    "implementation_name": lambda: sys.implementation.name,
    "implementation_version": platform.python_version,
    "platform_python_implementation": platform.python_implementation,
    "extra": str,  # no extra is asked for
}


def unmet(requirements: Iterable[str], version: str) -> str:
    """Return the versions of portcall that are asked for, if *version* is none of them.

    Args:
        requirements: ``Requires-Dist`` entries of a distribution, as they are. Those that speak of
            another distribution, hold for another system or for an extra, or cannot be read count for
            nothing.
        version: The portcall that runs.

    Returns:
        The specifier that *version* does not meet (``">=0.2,<0.3"``); empty if it meets all.
    """
    for text in requirements:
        match = _OURS.fullmatch(text.strip())
        if match is None or not _applies(match["marker"] or ""):
            continue
        specifier = match["versions"].strip().strip("()").replace(" ", "")
        if not admits(specifier, version):
            return specifier
    return ""


def _applies(marker: str) -> bool:
    """Return what *marker* comes to here; False for one that cannot be read."""
    if not marker.strip():
        return True
    try:
        tokens = list(_tokens(marker))
        value = _either(tokens)
    except (ValueError, IndexError):
        return False
    return value and not tokens


def _tokens(marker: str) -> Iterator[tuple[str, str]]:
    place = 0
    while marker[place:].strip():
        match = _TOKEN.match(marker, place)
        if match is None or match.lastgroup is None:
            raise ValueError(marker)
        yield match.lastgroup, match[match.lastgroup]
        place = match.end()


def _either(tokens: list[tuple[str, str]]) -> bool:
    value = _both(tokens)
    while tokens and tokens[0] == ("word", "or"):
        del tokens[0]
        value = _both(tokens) or value
    return value


def _both(tokens: list[tuple[str, str]]) -> bool:
    value = _one(tokens)
    while tokens and tokens[0] == ("word", "and"):
        del tokens[0]
        value = _one(tokens) and value
    return value


def _one(tokens: list[tuple[str, str]]) -> bool:
    if tokens[0] == ("sign", "("):
        del tokens[0]
        value = _either(tokens)
        if tokens.pop(0) != ("sign", ")"):
            raise ValueError(")")
        return value
    left, operator, right = tokens.pop(0), tokens.pop(0)[1], tokens.pop(0)
    if operator == "not":
        operator, right = "not in", tokens.pop(0)
    return _compare(left, operator, right)


def _compare(left: tuple[str, str], operator: str, right: tuple[str, str]) -> bool:
    one, other = _value(left), _value(right)
    if operator in {"in", "not in"}:
        return (one in other) is (operator == "in")
    named = left[1] if left[0] == "word" else right[1]
    if "version" in named and named != "platform_version":
        return admits(f"{operator}{other}", one)
    compared = {"==": one == other, "!=": one != other, "===": one == other}
    compared |= {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}
    if operator not in compared:
        raise ValueError(operator)
    return compared[operator]


def _value(token: tuple[str, str]) -> str:
    kind, text = token
    if kind == "text":
        return text[1:-1]
    fact = _FACTS.get(text.replace(".", "_"))
    if fact is None:
        raise ValueError(text)
    return fact()
