"""Find plugins without importing them: reads entry points, runs nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import attrs
from importlib_metadata import Distribution, EntryPoint, distributions

from portcall.errors import AmbiguousPluginError, PluginLoadError, UnknownPluginError

_SLUG = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_DIGITS = re.compile(r"\d+")


@attrs.frozen(slots=False)
class PluginInfo:
    """A plugin before it is loaded: what its distribution says of it.

    Args:
        slug: The entry point's name; what people type.
        group: ``portcall.destinations``, ``portcall.schemes`` or ``portcall.extras``.
        target: ``module`` or ``module:attribute``.
        origin: The distribution; None for a plugin that was handed over in code.
        plugin: That plugin; None for one that is installed.
    """

    slug: str
    group: str
    target: str
    origin: Distribution | None = attrs.field(default=None, eq=False, repr=False)
    plugin: object = attrs.field(default=None, repr=False)

    @cached_property
    def distribution(self) -> str:
        """Name of the distribution; the path of a plugin that is a file."""
        if isinstance(self.plugin, Path):
            return f"{self.plugin}"
        return self._metadata("Name") or ("unknown distribution" if self.origin else "this program")

    @cached_property
    def version(self) -> str:
        """Version of the distribution, or ``"unknown version"``."""
        return self._metadata("Version") or ("unknown version" if self.origin else "")

    @property
    def source(self) -> str:
        """Distribution and version, for messages: ``portcall-acme 0.1.0``."""
        return f"{self.distribution} {self.version}".rstrip()

    def load(self) -> object:
        """Import what the entry point names.

        Raises:
            PluginLoadError: The import failed, whatever it raised, ``SystemExit`` included.
        """
        if self.plugin is not None:
            return self.plugin
        try:
            return EntryPoint(self.slug, self.target, self.group).load()
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            raise PluginLoadError(
                f"{self.slug!r} from {self.source} cannot be imported ({self.target}): "
                f"{type(exc).__name__}: {exc}"[:600]
            ) from exc

    def _metadata(self, key: str) -> str:
        try:
            text = (self.origin.read_text("METADATA") or "") if self.origin else ""
        except (OSError, ValueError):
            return ""
        found = re.search(rf"^{key}:[ \t]*(\S+)", text.partition("\n\n")[0], re.MULTILINE)
        return found[1] if found else ""


class Catalog(Mapping[str, PluginInfo]):
    """The plugins of one entry-point group by slug; reading it imports nothing.

    Args:
        found: Plugins in the order of the import path; of one distribution seen twice the first
            place counts, and the newest version there.
    """

    def __init__(self, found: Iterable[PluginInfo] = ()) -> None:
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
        merged = Catalog(stronger)
        merged._claims = {**self._claims, **merged._claims}
        return merged

    def claims(self, slug: str) -> tuple[PluginInfo, ...]:
        """Return every plugin that claims *slug*; more than one is an error only when it is used."""
        return tuple(_rivals(self._claims.get(slug, [])))

    def _unknown(self, slug: str) -> str:
        near = get_close_matches(slug, self._claims, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}?" if near else f"try: pip install portcall-{slug[:60]}"
        return f"no installed distribution offers {slug[:60]!r}; {hint}"


def survey(*kinds: str) -> dict[str, Catalog]:
    """Scan the environment once; one catalog for each ``portcall.<kind>`` group.

    A distribution whose metadata cannot be read is passed over: it cannot break the others.
    """
    groups: dict[str, list[PluginInfo]] = {f"portcall.{kind}": [] for kind in kinds}
    for origin in _installed():
        for info in _offers(origin):
            if info.group in groups:
                groups[info.group].append(info)
    return {kind: Catalog(groups[f"portcall.{kind}"]) for kind in kinds}


def _installed() -> Iterator[Distribution]:
    """Every distribution on the import path; one bad place on it hides only itself."""
    for place in dict.fromkeys(sys.path):
        try:
            found = [d for d in distributions(path=[place]) if isinstance(d, Distribution)]
        except Exception:  # noqa: BLE001, S112  # a third-party metadata finder may raise anything
            continue
        yield from found


def _offers(origin: Distribution) -> list[PluginInfo]:
    try:
        text = origin.read_text("entry_points.txt") or ""
    except (OSError, ValueError):  # undecodable bytes, a folder in its place
        return []
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
    """Of several copies of one distribution, keep one."""
    if len(claims) < 2:
        return claims
    kept: dict[tuple[str, str], PluginInfo] = {}
    for claim in claims:
        key = (re.sub(r"[-_.]+", "-", claim.distribution).lower(), claim.target)
        if key not in kept or _newer_beside(claim, kept[key]):
            kept[key] = claim
    return list(kept.values())


def _newer_beside(one: PluginInfo, other: PluginInfo) -> bool:
    """Return whether *one* is a later version left in the same folder (an upgrade that was cut off)."""
    if one.origin is None or other.origin is None:
        return False
    if one.origin.locate_file("") != other.origin.locate_file(""):
        return False
    return _numbers(one.version) > _numbers(other.version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in _DIGITS.findall(version)[:6]]
