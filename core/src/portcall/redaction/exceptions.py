"""Take secrets out of an error that is about to leave: its text, notes and traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from operator import is_
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any, Final, TypeAlias

from portcall.redaction.text import Redactor, reachable
from portcall.secret import MASK, Secret

_MOST_EXCEPTIONS: Final = 1_000
_MOST_LEVELS: Final = 12
_MOST_ITEMS: Final = 10_000
_LONGEST_TEXT: Final = 65_536
_SHORTEST_NUMBER: Final = 6
_CONTAINERS: Final[tuple[type[Any], ...]] = (dict, list, tuple, set, frozenset)
_Clean: TypeAlias = Callable[[object], object]


def redact_exception(exc: BaseException, redactor: Redactor) -> None:
    """Take secrets out of *exc* and all that it leads to, in place; the types stay.

    Goes through causes, contexts, members of groups and exceptions held by exceptions: their
    arguments, notes, attributes and the slots of built-in exceptions. Doing it twice changes
    nothing more, and it never raises.

    The message of an exception group is read-only; its members are changed.
    """
    clean = _Cleaner(redactor)
    for each in _with_others(exc):
        with suppress(Exception):
            _clean_exception(each, clean)


def forget_frames(exc: BaseException) -> None:
    """Empty the finished frames of *exc* and all that it leads to, so that no locals are shown.

    Frames that are still running are left alone. It never raises.
    """
    for each in _with_others(exc):
        with suppress(Exception):
            traceback.clear_frames(each.__traceback__)


class _Cleaner:
    """Return a value back without secrets: the same object if it showed none."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._items_left = _MOST_ITEMS

    def __call__(self, value: object, level: int = 0) -> object:
        with suppress(Exception):
            return self._clean(value, level)
        return MASK  # what cannot be looked at may be a secret

    def _clean(self, value: object, level: int) -> object:
        if value is None or isinstance(value, bool | BaseException):
            return value
        if isinstance(value, str):
            return self._unless_same(value, self._text(str.__str__(value)))
        if isinstance(value, bytes | bytearray):
            text = self._text(value[: 2 * _LONGEST_TEXT].decode("latin-1"))
            return self._unless_same(value, type(value)(text.encode("latin-1", "replace")))
        if isinstance(value, dict | list | tuple | set | frozenset) and level < _MOST_LEVELS:
            return self._container(value, level + 1)
        return self._other(value)

    def _text(self, text: str) -> str:
        start = self._redactor.start(text, _LONGEST_TEXT)
        return start if len(text) <= _LONGEST_TEXT else f"{start}…"

    def _unless_same(self, value: object, cleaned: object) -> object:
        return value if cleaned == value else cleaned

    def _container(self, value: Any, level: int) -> object:
        """Build *value* anew if one of its items changes; a caller may hold it."""
        self._items_left -= len(value)
        if self._items_left < 0:
            return MASK
        items = list(value.items()) if isinstance(value, dict) else list(value)
        cleaned = [self(item, level) for item in items]
        if all(map(is_, cleaned, items)):
            return value
        return next(kind(cleaned) for kind in _CONTAINERS if isinstance(value, kind))

    def _other(self, value: object) -> object:
        """Show a thing of any other type as text, if its own text would show a secret."""
        if isinstance(value, Secret):
            return MASK
        shown = [repr(value), str(value)]
        if isinstance(value, int | float) and len(shown[0]) < _SHORTEST_NUMBER:
            return value
        cleaned = [self._text(text) for text in shown]
        return value if cleaned == shown else cleaned[-1]


def _with_others(exc: BaseException) -> list[BaseException]:
    """Return *exc* and every exception it leads to, each once."""
    found, seen = [exc], {id(exc)}
    for each in found:
        with suppress(Exception):
            fresh = {id(other): other for other in _next_to(each) if id(other) not in seen}
            seen.update(fresh)
            found.extend(islice(fresh.values(), _MOST_EXCEPTIONS - len(found)))
    return found


def _next_to(exc: BaseException) -> list[BaseException]:
    held = [exc.__cause__, exc.__context__, exc.args, vars(exc)]
    if isinstance(exc, BaseExceptionGroup):
        held.append(exc.exceptions)
    return [each for each in reachable(*held) if isinstance(each, BaseException)]


def _clean_exception(exc: BaseException, clean: _Clean) -> None:
    for name in _slots(type(exc)):
        with suppress(Exception):
            value = getattr(exc, name)
            cleaned = clean(value)
            if cleaned is not value:
                _set(exc, name, cleaned)
    for name, value in list(vars(exc).items()):
        vars(exc)[name] = clean(value)
    if _shows_secret(exc, clean):
        # Its text is made of things that look harmless one by one; notes are clean already.
        vars(exc).update(dict.fromkeys(vars(exc).keys() - {"__notes__"}, MASK))


def _slots(kind: type) -> set[str]:
    """Name the attributes that live outside ``__dict__``: OSError.filename, UnicodeError.object."""
    members = (
        name
        for base in kind.__mro__
        for name, member in vars(base).items()
        if isinstance(member, MemberDescriptorType | GetSetDescriptorType)
    )
    return {"args", *(name for name in members if not name.startswith("__"))}


def _set(exc: BaseException, name: str, value: object) -> None:
    # Not setattr: a frozen attrs class refuses it.
    object.__setattr__(exc, name, value)
    if isinstance(exc, UnicodeError) and name == "object" and isinstance(value, str | bytes):
        # Its text shows the one character at ``start``, which is now another.
        object.__setattr__(exc, "start", 0)
        object.__setattr__(exc, "end", len(value))


def _shows_secret(exc: BaseException, clean: _Clean) -> bool:
    """Ask a class that makes its own text; that of built-in ones is made of clean arguments."""
    if not isinstance(type(exc).__str__, FunctionType):
        return False
    text = str(exc)
    return clean(text) is not text
