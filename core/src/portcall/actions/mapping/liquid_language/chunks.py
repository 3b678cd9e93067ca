"""A template cut into its texts, outputs and tags, with the blanks taken off that ``-`` asks for."""

from __future__ import annotations

import attrs

from portcall.actions.mapping.liquid_language.scanner import BLANKS, Scanner, after_quoted
from portcall.actions.mapping.liquid_language.scope import LiquidError


@attrs.define
class Chunk:
    """One piece of a template.

    Args:
        raw: The piece as it is written.
        shown: A text without the blanks that its neighbours take off.
    """

    raw: str
    shown: str = attrs.field(
        default=attrs.Factory(lambda self: self.raw, takes_self=True), kw_only=True
    )


@attrs.define
class Output(Chunk):
    """What stands in ``{{ }}``.

    Args:
        inside: The part between the braces, without blanks around it.
        trims: Whether the blanks before and behind are taken off.
    """

    inside: Scanner
    trims: tuple[bool, bool] = (False, False)


@attrs.define
class Tag(Output):
    """What stands in ``{% %}``, or in a line of the tag ``liquid``.

    Args:
        name: The first word, which ``inside`` is past.
    """

    name: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Read the name."""
        self.name = self._name()
        self.inside.expect(self.name, "has a tag without a name")
        self.inside.skip_blank()

    def _name(self) -> str:
        self.inside.skip_blank()
        return "#" if self.inside.skip("#") else self.inside.identifier()


def cut(source: str) -> list[Chunk]:
    """Return the pieces of a template in their order.

    Args:
        source: The template.

    Raises:
        LiquidError: A tag or an output does not end.
    """
    chunks: list[Chunk] = []
    at, raw_from = 0, -1
    while at < len(source):
        chunk = _next(source, at) if raw_from < 0 else _of_raw(source, at, raw_from)
        chunks.append(chunk)
        if isinstance(chunk, Tag) and chunk.name in {"raw", "endraw"}:
            raw_from = at if chunk.name == "raw" else -1
        at += len(chunk.raw)
    _trim(chunks)
    return chunks


def lines(inside: Scanner) -> list[Chunk]:
    """Return the tags in the tag ``liquid``: one a line.

    Args:
        inside: What the tag holds; read to its end.
    """
    found: list[Chunk] = []
    while True:
        inside.skip_blank()
        if inside.done():
            return found
        start = inside.at
        inside.skip_past("\n")
        found.append(
            Tag(inside.source[start : inside.at], *_inside(inside.source, start, inside.at))
        )


def _next(source: str, at: int) -> Chunk:
    if source.startswith("{%", at):
        end = _end_of_tag(source, at)
        return Tag(source[at:end], *_inside(source, at + 2, end - 2))
    if source.startswith("{{", at):
        end = _end_of_output(source, at)
        return Output(source[at:end], *_inside(source, at + 2, end - 2))
    ends = [found for brace in ("{%", "{{") if (found := source.find(brace, at)) >= 0]
    return Chunk(source[at : min(ends, default=len(source))])


def _end_of_tag(source: str, at: int) -> int:
    end = source.find("%}", at + 1)
    if end < 0:
        raise LiquidError(f"has a tag that does not end, at {source[at : at + 32]!r}")
    return end + 2


def _end_of_output(source: str, at: int) -> int:
    """The end of an output; braces in a quoted text do not count."""
    place = at
    while place < len(source):
        behind = after_quoted(source, place)
        if behind > place:
            place = behind
            continue
        place += 1
        if source.startswith("}}", place - 2) and place - 2 > at:
            return place
    raise LiquidError(f"has an output that does not end, at {source[at : at + 32]!r}")


def _inside(source: str, start: int, end: int) -> tuple[Scanner, tuple[bool, bool]]:
    """What stands between two braces, and whether a ``-`` is at its begin and at its end."""
    left, right = source[start] == "-", source[end - 1] == "-"
    start, end = start + left, end - right
    while start < end and source[start] in BLANKS:
        start += 1
    while end > start and source[end - 1] in BLANKS:
        end -= 1
    return Scanner(source, start, end), (left, right)


def _of_raw(source: str, at: int, raw_from: int) -> Chunk:
    """The text up to ``{% endraw %}``, or that tag where it stands at once."""
    place = at
    while (start := source.find("{%", place)) >= 0:
        scanner = Scanner(source, start + 2, len(source))
        place = start + 2
        if scanner.identifier() != "endraw":
            continue
        place = scanner.at
        ends, other = source.find("%}", scanner.at), source.find("{%", scanner.at)
        if ends >= 0 and not 0 <= other < ends:
            return _next(source, at) if start == at else Chunk(source[at:start])
    raise LiquidError(f"has a tag 'raw' that does not end, at {source[raw_from : raw_from + 32]!r}")


def _trim(chunks: list[Chunk]) -> None:
    """Take off the blanks before ``{{-`` and ``{%-``, and behind ``-}}`` and ``-%}``."""
    raw = False
    for place, chunk in enumerate(chunks):
        if not isinstance(chunk, Output):
            continue
        left, right = chunk.trims
        if left and not raw and place:
            _strip(chunks[place - 1], right=True)
        raw = (
            chunk.name != "endraw" and (raw or chunk.name == "raw")
            if isinstance(chunk, Tag)
            else raw
        )
        if right and not raw and place + 1 < len(chunks):
            _strip(chunks[place + 1], right=False)


def _strip(chunk: Chunk, *, right: bool) -> None:
    if not isinstance(chunk, Output):
        chunk.shown = chunk.shown.rstrip(BLANKS) if right else chunk.shown.lstrip(BLANKS)
