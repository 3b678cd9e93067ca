"""Find secrets in text, however they are spelled there, and show ``***`` in their place."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from contextlib import suppress
from functools import cache
from itertools import chain, islice
from typing import Final, NoReturn, Self, TypeAlias

import attrs

from portcall.errors import SettingsError
from portcall.redaction.decodings import as_bytes, views
from portcall.secret import MASK, Secret

_Span: TypeAlias = tuple[int, int]

_SHORT: Final = 4
_LONG_LINE: Final = 16
_LONGEST_ESCAPE: Final = 6
_MOST_PASSES: Final = 4
_MOST_OBJECTS: Final = 10_000
_MOST_LEVELS: Final = 8
_TO_URLSAFE: Final = str.maketrans("+/", "-_")
_TO_STANDARD: Final = str.maketrans("-_", "+/")
_BASIC: Final = re.compile(r"basic\s+([a-z0-9+/_-]{2,}={0,2})", re.IGNORECASE)
_EDGE: Final = re.compile(r"[A-Za-z0-9+/_-]?={0,2}")


class Redactor:
    """Replaces secrets by ``***`` in any text: an error, a log line, a dry run.

    A value is found as it stands, in base64 (both alphabets, at any place in what was encoded, so
    also in a Basic pair) and in hexadecimal; each of these also percent-encoded, JSON-escaped, as
    ``repr`` of text or bytes, and in HTML or XML, up to three such layers deep. The long lines of a
    value of several lines (a PEM key) are found one by one, too.

    A value of fewer than four characters is replaced only where it is no part of a longer word of
    letters, digits and underscores, so that a PIN ``12`` leaves ``HTTP 412`` alone. An empty value
    is never looked for.

    Making one is cheap; what to look for is worked out when the first text comes.

    Args:
        values: The secrets, or a function that returns them when they are needed.
    """

    __slots__ = ("__needles",)

    def __init__(
        self, values: Iterable[str | Secret] | Callable[[], Iterable[str | Secret]] = ()
    ) -> None:
        if isinstance(values, str):
            raise TypeError("a redactor takes a list of secrets, not one text")
        give = values if callable(values) else tuple(values).__iter__
        # Behind a function, as in Secret: a tool that prints every attribute shows no value.
        self.__needles = cache(lambda: _Needles.of(give()))

    @classmethod
    def of(cls, *objects: object) -> Self:
        """Make one for all that `secrets_in` finds in *objects*, looked for when a text comes."""
        return cls(lambda: secrets_in(*objects))

    def __call__(self, text: str) -> str:
        for _ in range(_MOST_PASSES):
            # A value that holds a star can come to stand beside the mask of another.
            masked = _mask(text, self.__needles().spans(text))
            if masked == text:
                break
            text = masked
        return text

    def start(self, text: str, size: int) -> str:
        """Redact the first *size* characters of a text that may be large.

        A secret that the cut goes through is not shown by half.
        """
        if len(text) <= size:
            return self(text)
        needles = self.__needles()
        window = text[: size + needles.longest * _LONGEST_ESCAPE]
        cut = (size, len(text))
        return self(_mask(window, [*needles.spans(window), cut]).removesuffix(MASK))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a redactor holds secrets: it cannot be copied or pickled")


def secrets_in(*objects: object) -> list[str]:
    """Collect the value of every `Secret` in attrs instances, mappings and sequences.

    Looks eight levels deep and at ten thousand objects at most; each value comes once.
    """
    found: dict[str, None] = {}
    for item in reachable(*objects):
        if isinstance(item, Secret):
            with suppress(SettingsError):  # it came out of a pickle, which holds no value
                found[item.reveal()] = None
    return list(found)


def reachable(*objects: object) -> Iterator[object]:
    """Return *objects* and what attrs instances, mappings and sequences among them hold, bounded."""
    queue = [(0, item) for item in objects]
    seen = set()
    for level, item in queue:
        yield item
        if level < _MOST_LEVELS and len(queue) < _MOST_OBJECTS and id(item) not in seen:
            seen.add(id(item))  # the queue keeps every item alive, and its id its own
            queue += [(level + 1, part) for part in _parts(item)]


def _parts(item: object) -> list[object]:
    """Return what *item* holds; nothing if it holds nothing or does not let itself be read."""
    parts: Iterable[object] = ()
    kind = type(item)
    with suppress(Exception):
        if attrs.has(kind):
            names = [each.name for each in attrs.fields(kind)] or list(
                vars(kind).get("__slots__", ())
            )
            parts = (getattr(item, name, None) for name in names)
        elif isinstance(item, Mapping):
            parts = chain.from_iterable(item.items())
        elif isinstance(item, Sequence | AbstractSet) and not isinstance(
            item, str | bytes | bytearray
        ):
            parts = item
        return list(islice(parts, _MOST_OBJECTS))
    return []


@attrs.frozen(repr=False)
class _Needles:
    """What to look for in a view of a text."""

    anywhere: tuple[str, ...]
    within_base64: tuple[str, ...]
    alone: tuple[str, ...]
    pairs: frozenset[str]

    @classmethod
    def of(cls, values: Iterable[str | Secret]) -> Self:
        variants = {form for value in values for form in _variants(_text(value))}
        short = {value for value in variants if len(value) < _SHORT}
        return cls(
            _all(_plain, variants - short),
            _all(_cores, variants - short),
            _all(_whole, short),
            frozenset(map(as_bytes, short)),
        )

    @property
    def longest(self) -> int:
        """Characters of the longest thing to look for."""
        return max(map(len, (*self.anywhere, *self.within_base64, *self.alone)), default=0)

    def spans(self, text: str) -> list[_Span]:
        """Return every stretch of *text* that shows a value in any reading; they may overlap."""
        if not (self.anywhere or self.alone):
            return []
        return [
            (view.locate(start), view.locate(end))
            for view in views(text)
            for start, end in self._found(view.text)
        ]

    def _found(self, text: str) -> Iterator[_Span]:
        for needle in self.anywhere:
            yield from _occurrences(text, needle)
        for needle in self.within_base64:
            yield from (_with_edges(text, *span) for span in _occurrences(text, needle))
        for needle in self.alone:
            yield from (span for span in _occurrences(text, needle) if _alone(text, *span))
        for pair in _BASIC.finditer(text) if self.pairs else ():
            if not self.pairs.isdisjoint(_halves(pair[1])):
                yield pair.span(1)


def _all(forms: Callable[[str], Iterable[str]], values: Iterable[str]) -> tuple[str, ...]:
    return tuple({form: None for value in values for form in forms(value)})


def _text(value: str | Secret) -> str:
    if isinstance(value, Secret):
        return "".join(secrets_in(value))  # empty if it came out of a pickle
    return value


def _variants(value: str) -> set[str]:
    """Return *value* as others may hold it: trimmed, normalised, line by line."""
    lines = [line.strip() for line in value.splitlines()]
    long_lines = {line for line in lines if len(line) >= _LONG_LINE and line[:5] != "-----"}
    forms = {unicodedata.normalize("NFC", value), unicodedata.normalize("NFD", value)}
    return ({value, value.strip()} | forms | long_lines) - {""}


def _encoded(value: str) -> set[bytes]:
    """Return the bytes of *value*: UTF-8, and ISO-8859-1 where header fields are written in it."""
    forms = {value.encode("utf-8", "surrogatepass")}
    with suppress(UnicodeEncodeError):
        forms.add(value.encode("latin-1"))
    return forms


def _plain(value: str) -> Iterator[str]:
    for data in _encoded(value):
        text = data.decode("latin-1")
        # As form data writes a space, and as UTF-8 looks that was taken for ISO-8859-1.
        yield from (text, text.replace(" ", "+"), as_bytes(text), data.hex(), data.hex().upper())


def _cores(value: str) -> Iterator[str]:
    """Return the base64 digits that are this value's alone, for each place in a group of three."""
    for data in _encoded(value):
        for before in range(3):
            digits = b64encode(bytes(before) + data).decode()
            core = digits[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
            yield from (core, core.translate(_TO_URLSAFE))


def _whole(value: str) -> Iterator[str]:
    yield from _plain(value)
    for data in _encoded(value):
        digits = b64encode(data).decode()
        yield from (digits, digits.rstrip("="))
        yield from (digits.translate(_TO_URLSAFE), digits.translate(_TO_URLSAFE).rstrip("="))


def _halves(encoded: str) -> Sequence[str]:
    """Return user name and password of a Basic pair (RFC 7617 §2); nothing if it is none."""
    with suppress(ValueError):
        pair = b64decode(encoded.translate(_TO_STANDARD) + "===").decode("latin-1")
        return pair.partition(":")[::2]
    return ()


def _occurrences(text: str, needle: str) -> Iterator[_Span]:
    """Find *needle* everywhere, also where it overlaps itself."""
    start = text.find(needle)
    while start >= 0:
        yield start, start + len(needle)
        start = text.find(needle, start + 1)


def _with_edges(text: str, start: int, end: int) -> _Span:
    """Take in the base64 digits that are the value's in part, and the padding."""
    edge = _EDGE.match(text, end)
    before = start > 0 and _EDGE.fullmatch(text, start - 1, start) is not None
    return start - before, edge.end() if edge else end


def _alone(text: str, start: int, end: int) -> bool:
    """Return whether this stretch is no part of a longer word; signs alone must not touch one either."""
    found = text[start:end]
    signs = not any(map(_in_word, found))
    left = (signs or _in_word(found[0])) and _in_word(text[max(start - 1, 0) : start])
    right = (signs or _in_word(found[-1])) and _in_word(text[end : end + 1])
    return not (left or right)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or character >= "\x80"


def _mask(text: str, spans: Iterable[_Span]) -> str:
    """Put one mask over each stretch that *spans* cover, however they overlap."""
    pieces, done = [""], -1
    for start, end in sorted(spans):
        if start > done:
            pieces += text[max(done, 0) : start], MASK
        done = max(done, end)
    return "".join([*pieces, text[max(done, 0) :]])
