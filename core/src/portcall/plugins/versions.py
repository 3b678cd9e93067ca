"""Versions and version specifiers, as the metadata of distributions has them (PEP 440)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import inf
from typing import Final, TypeAlias

_VERSION: Final = re.compile(
    r"""v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>[0-9]*))?
    (?P<post>-(?P<post_bare>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_CLAUSE: Final = re.compile(r"\s*(~=|===|==|!=|<=|>=|<|>)\s*(\S+)\s*")
_PHASES: Final = {"a": 0, "alpha": 0, "b": 1, "beta": 1}
"""Release candidates, by whatever name, come after these."""
Key: TypeAlias = tuple[object, ...]
"""Sorts as the versions do: epoch, release, pre, post, dev, local."""


def order(version: str) -> Key:
    """Return the key that sorts *version*; what is no version sorts before all versions."""
    return _key(version) or (-1,)


def admits(specifier: str, version: str) -> bool:
    """Return True if *version* is one that *specifier* asks for; a pre-release counts like any other.

    Args:
        specifier: Clauses with commas between them: ``">=0.1,<0.2"``. A clause that cannot be read,
            and every clause for a version that cannot be read, is passed over.
        version: The version that is there.
    """
    return all(_meets(operator, bound, version) for operator, bound in _clauses(specifier))


def lower_bounds(specifier: str) -> str:
    """Return those clauses of *specifier* that ask for a version from some point on."""
    bounds = ("~=", ">=", ">", "==", "===")
    return ",".join(f"{op}{bound}" for op, bound in _clauses(specifier) if op in bounds)


def _clauses(specifier: str) -> Iterator[tuple[str, str]]:
    for text in specifier.strip().strip("()").split(","):
        match = _CLAUSE.fullmatch(text)
        if match:
            yield match[1], match[2]


def _meets(operator: str, bound: str, version: str) -> bool:
    there = _key(version)
    if operator == "===":
        return bound.lower() == version.lower()
    if there is None:
        return True
    if bound.endswith(".*") and operator in {"==", "!="}:
        prefix = _key(bound[:-2])
        return prefix is None or _starts(there, prefix, bound[:-2]) is (operator == "==")
    wanted = _key(bound)
    return wanted is None or _compare(operator, there, wanted, bound)


def _compare(operator: str, there: Key, wanted: Key, bound: str) -> bool:
    plain = there[:-1]  # without the local part, which only an exact match looks at
    if operator in {"==", "!="}:
        same = there == wanted if "+" in bound else plain == wanted[:-1]
        return same is (operator == "==")
    if operator == "~=":
        return plain >= wanted[:-1] and _starts(there, wanted, _release(bound).rpartition(".")[0])
    if operator == "<=":
        return plain <= wanted[:-1]
    if operator == ">=":
        return plain >= wanted[:-1]
    if operator == "<":
        return plain < wanted[:-1] and not _is_early_of(there, wanted)
    # ">1.0" leaves out 1.0.post1, too.
    is_its_post = wanted[3:5] == (-1, inf) and there[3] != -1 and there[:3] == wanted[:3]
    return plain > wanted[:-1] and not is_its_post


def _is_early_of(there: Key, wanted: Key) -> bool:
    """Return True if *there* is a pre-release of *wanted*: "<1.0" leaves out 1.0rc1, too."""
    if wanted[2] != (inf,) or wanted[4] != inf:
        return False
    return there[:2] == wanted[:2] if wanted[3] == -1 else there[:4] == wanted[:4]


def _starts(there: Key, wanted: Key, prefix: str) -> bool:
    """Return True if epoch and first numbers of *there* are those of *wanted*, as far as *prefix* goes."""
    numbers = [int(part) for part in _release(prefix).split(".")] if prefix else []
    release: object = there[1]
    has = list(release) if isinstance(release, tuple) else []
    has += [0] * (len(numbers) - len(has))
    return there[0] == wanted[0] and has[: len(numbers)] == numbers


def _release(version: str) -> str:
    match = _VERSION.fullmatch(version)
    return match["release"] if match else ""


@lru_cache(maxsize=256)
def _key(version: str) -> Key | None:
    match = _VERSION.fullmatch(version.strip())
    if match is None:
        return None
    numbers = [int(part) for part in match["release"].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        del numbers[-1]
    return (
        int(match["epoch"] or 0),
        tuple(numbers),
        _pre(match),
        int(match["post_bare"] or match["post_number"] or 0) if match["post"] else -1,
        int(match["dev_number"] or 0) if match["dev"] else inf,
        _local(match["local"]),
    )


def _pre(match: re.Match[str]) -> tuple[float, ...]:
    if match["pre"]:
        return (_PHASES.get(match["pre"].lower(), 2), int(match["pre_number"] or 0))
    # 1.0.dev1 comes before 1.0a1.
    return (-inf,) if match["dev"] and not match["post"] else (inf,)


def _local(text: str | None) -> tuple[tuple[float, str], ...]:
    """Numbers sort after words (PEP 440, local version identifiers)."""
    parts = re.split(r"[-_.]", text.lower()) if text else []
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
