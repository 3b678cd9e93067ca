"""Find plugins without importing them: reads entry points, runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from portcall.errors import AmbiguousPluginError, PluginLoadError, UnknownPluginError
from portcall.plugins.distributions import canonical, installed, read, stands_before
from portcall.plugins.info import PluginInfo, is_named, remember_if_running

if TYPE_CHECKING:
    from portcall.plugins.metadata import Metadata

_SHOWN = 10
_SLUG = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


class Catalog(Mapping[str, PluginInfo]):
    """The plugins of one entry-point group by slug; reading it imports nothing.

    Args:
        found: Plugins in the order of the import path; a distribution that is seen twice counts once:
            as it stands first on the path, and in one folder as the newest version there.
        group: Its entry-point group.
    """

    def __init__(
        self, found: Iterable[PluginInfo] = (), group: str = "portcall.destinations"
    ) -> None:
        self._group = group
        self._claims: dict[str, list[PluginInfo]] = {}
        for info in found:
            self._claims.setdefault(info.slug, []).append(info)

    def __getitem__(self, slug: str) -> PluginInfo:
        claims = _rivals(self._claims.get(slug, []))
        if not claims:
            raise UnknownPluginError(self._unknown(slug))
        if len(claims) > 1:
            sources = " and ".join(sorted(f"{c.source} ({c.target})" for c in claims))
            raise AmbiguousPluginError(f"{slug!r} is offered by {sources}: uninstall all but one")
        if not _SLUG.fullmatch(slug):
            raise PluginLoadError(
                f"{slug!r} from {claims[0].source} cannot be used: a name is lower-case letters and "
                "digits with single dashes, such as 'acme-eu'"
            )
        return claims[0]

    def __contains__(self, slug: object) -> bool:
        return slug in self._claims

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._claims))

    def __len__(self) -> int:
        return len(self._claims)

    def under(self, stronger: Iterable[PluginInfo]) -> Catalog:
        """Return a catalog in which *stronger* take the place of what is installed."""
        merged = Catalog(stronger, self._group)
        merged._claims = {**self._claims, **merged._claims}
        return merged

    def claims(self, slug: str) -> tuple[PluginInfo, ...]:
        """Return every plugin that claims *slug*; more than one is an error only when it is used."""
        return tuple(_rivals(self._claims.get(slug, [])))

    def _unknown(self, slug: str) -> str:
        return f"no installed distribution offers {slug[:60]!r}; {self._hint(slug)}"

    def _hint(self, slug: str) -> str:
        """Suggest names that are installed, or that this project publishes; never what was typed."""
        from difflib import get_close_matches  # noqa: PLC0415  # only for advice

        from portcall.plugins.published import PUBLISHED  # noqa: PLC0415

        published = PUBLISHED.get(self._group, {})
        if slug in published:
            return f"try: pip install {published[slug]}"
        near = get_close_matches(slug, [*self._claims, *published], n=1, cutoff=0.6)
        if near and near[0] not in self._claims:
            return f"did you mean {near[0]!r}? try: pip install {published[near[0]]}"
        if near:
            return f"did you mean {near[0]!r}?"
        names = sorted(self._claims)
        if not names:
            return "none is installed"
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return f"installed: {', '.join(names[:_SHOWN])}{more}"


def survey(*kinds: str) -> dict[str, Catalog]:
    """Scan the environment once; one catalog for each ``portcall.<kind>`` group.

    A distribution whose metadata cannot be read is passed over: it cannot break the others.
    """
    groups: dict[str, list[PluginInfo]] = {f"portcall.{kind}": [] for kind in kinds}
    for origin in installed():
        for info in _offers(origin):
            if info.group in groups:
                remember_if_running(info)
                groups[info.group].append(info)
    return {kind: Catalog(groups[f"portcall.{kind}"], f"portcall.{kind}") for kind in kinds}


def _offers(origin: Metadata) -> list[PluginInfo]:
    text = read(origin, "entry_points.txt")
    if "portcall." not in text:
        return []
    offers, group = [], ""
    for line in text.splitlines():
        row = line.strip()
        if row.startswith("["):
            group = row.strip("[]").strip()
        elif "=" in row and not row.startswith(("#", ";")):
            slug, _, target = row.partition("=")
            offers.append(PluginInfo(slug.strip(), group, target.strip(), origin))
    return offers


def _rivals(claims: list[PluginInfo]) -> list[PluginInfo]:
    """Of the copies of one distribution, keep one."""
    if len(claims) < 2:
        return claims
    kept: dict[object, list[PluginInfo]] = {}
    for claim in claims:
        key = canonical(claim.distribution) if is_named(claim) else id(claim.origin)
        before = kept.setdefault(key, [claim])
        first, own = before[0].origin, claim.origin
        if first is own:
            before += [claim] if claim not in before else []
        elif first is not None and own is not None and stands_before(own, first):
            kept[key] = [claim]
    return [claim for several in kept.values() for claim in several]
