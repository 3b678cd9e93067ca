"""What a template may name: the roots, and the names below each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

import attrs

Report: TypeAlias = Callable[[tuple[str, ...], str], None]
"""Takes the path of an entry and what is wrong with it."""
_AUTH: Final = frozenset(("access_token", "token_secret", "token_type", "state"))


@attrs.frozen
class Scope:
    """The values that a template may name.

    Args:
        known: The names under each root; None where any name is good.
        report: Takes what is wrong.
    """

    known: Mapping[str, frozenset[str] | None]
    report: Report

    def has(
        self, at: tuple[str, ...], names: list[str], written: str, *, whole: bool = False
    ) -> bool:
        """Return whether there is such a value; what is wrong is reported.

        Args:
            at: Where it is written.
            names: The root, and what is below it.
            written: As written.
            whole: The root alone is good, too.
        """
        root, *rest = names
        if root not in self.known:
            roots = ", ".join(self.known)
            self.report(at, f"`{written}` begins with none of: {roots}{_meant(root, self.known)}")
            return False
        members = self.known[root]
        if members is None or (whole and not rest):
            return True
        if not rest or rest[0] not in members:
            near = _meant(rest[0] if rest else "", members, f"{root}.")
            self.report(at, f"there is no `{written}`{near}")
            return False
        return True

    def without(self, *roots: str) -> Scope:
        """Return the scope without some roots."""
        kept = {root: names for root, names in self.known.items() if root not in roots}
        return Scope(kept, self.report)


def scope_of(settings: frozenset[str], report: Report, **more: frozenset[str] | None) -> Scope:
    """Return the scope of a destination's templates: settings, auth, and *more* roots."""
    return Scope({"settings": settings, "auth": _AUTH, **more}, report)


def _meant(word: str, known: Any, before: str = "") -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean `{before}{near[0]}`?" if near else ""
