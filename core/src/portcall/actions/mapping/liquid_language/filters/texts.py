"""Filters that change, cut and count texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from portcall.actions import utf16
from portcall.actions.mapping.liquid_language.filters.filter import Filter, one_argument
from portcall.actions.mapping.liquid_language.javascript import WHITESPACE, number, show, whole
from portcall.actions.mapping.liquid_language.scope import Scope
from portcall.actions.mapping.values import MISSING, is_truthy

_SPACES: Final = re.compile(f"[{WHITESPACE}]+")
_CJK: Final = "\u4e00-\u9fff\uf900-\ufaff\u3400-\u4dbf\u3040-\u309f\u30a0-\u30ff\uac00-\ud7af"
_CJK_CHARACTER: Final = re.compile(f"[{_CJK}]")
_OTHER_WORD: Final = re.compile(f"[^{_CJK}{WHITESPACE}]+")
_LINE_END: Final = re.compile(r"\r?\n")


def _plain(change: Callable[[str], str]) -> Filter:
    def apply(_scope: Scope, value: Any) -> str:
        return change(show(value))

    return Filter(apply)


def _append(_scope: Scope, value: Any, tail: Any) -> str:
    return show(value) + show(tail)


def _prepend(_scope: Scope, value: Any, head: Any) -> str:
    return show(head) + show(value)


def _stripping(strip: Callable[[str, str], str]) -> Filter:
    def apply(_scope: Scope, value: Any, characters: Any = MISSING) -> str:
        return strip(show(value), show(characters) if is_truthy(characters) else WHITESPACE)

    return Filter(apply)


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _remove(_scope: Scope, value: Any, part: Any = MISSING) -> str:
    text, old = show(value), show(part)
    return text.replace(old, "") if old else text


def _remove_first(_scope: Scope, value: Any, part: Any = MISSING) -> str:
    return show(value).replace(show(part), "", 1)


def _remove_last(scope: Scope, value: Any, part: Any = MISSING) -> str:
    return _replace_last(scope, value, part)


def _replace(scope: Scope, value: Any, part: Any = MISSING, other: Any = MISSING) -> str:
    text, old, new = show(value), show(part), show(other)
    pieces = text.split(old) if old else list(text)
    scope.allow(len(text) + (len(pieces) - 1) * (len(new) - len(old)))
    return new.join(pieces)


def _replace_first(_scope: Scope, value: Any, part: Any = MISSING, other: Any = MISSING) -> str:
    return show(value).replace(show(part), show(other), 1)


def _replace_last(_scope: Scope, value: Any, part: Any = MISSING, other: Any = MISSING) -> str:
    text, part = show(value), show(part)
    at = text.rfind(part)
    return text if at < 0 else text[:at] + show(other) + text[at + len(part) :]


def _split(_scope: Scope, value: Any, separator: Any = MISSING) -> list[str]:
    text, separator = show(value), show(separator)
    parts = text.split(separator) if separator else list(text)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _truncate(_scope: Scope, value: Any, length: Any = MISSING, end: Any = MISSING) -> Any:
    text, end = show(value), "..." if end is MISSING else show(end)
    most = 50 if length is MISSING else number(length)
    if utf16.length(text) <= most:
        return value
    return utf16.fitting(text, max(0, whole(most - utf16.length(end)))) + end


def _truncatewords(_scope: Scope, value: Any, words: Any = MISSING, end: Any = MISSING) -> str:
    parts, end = _SPACES.split(show(value)), "..." if end is MISSING else show(end)
    most = 15 if words is MISSING else number(words)
    most = 1 if most <= 0 else most
    return " ".join(parts[: whole(most)]) + (end if len(parts) >= most else "")


def _number_of_words(_scope: Scope, value: Any, mode: Any = MISSING) -> int:
    text = show(value).strip(WHITESPACE)
    characters = len(_CJK_CHARACTER.findall(text))
    if mode == "cjk" or (mode == "auto" and characters):
        return characters + len(_OTHER_WORD.findall(text))
    return len(_SPACES.split(text)) if text else 0


FILTERS: Final = {
    "append": Filter(_append, check=one_argument),
    "capitalize": _plain(_capitalize),
    "downcase": _plain(str.lower),
    "lstrip": _stripping(str.lstrip),
    "normalize_whitespace": _plain(lambda text: _SPACES.sub(" ", text)),
    "number_of_words": Filter(_number_of_words),
    "prepend": Filter(_prepend, check=one_argument),
    "remove": Filter(_remove),
    "remove_first": Filter(_remove_first),
    "remove_last": Filter(_remove_last),
    "replace": Filter(_replace),
    "replace_first": Filter(_replace_first),
    "replace_last": Filter(_replace_last),
    "rstrip": _stripping(str.rstrip),
    "split": Filter(_split),
    "strip": _stripping(str.strip),
    "strip_newlines": _plain(lambda text: _LINE_END.sub("", text)),
    "truncate": Filter(_truncate),
    "truncatewords": Filter(_truncatewords),
    "upcase": _plain(str.upper),
}
