"""Filters that write texts for other languages: HTML, URLs, base64, digests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from portcall.actions.mapping.liquid_language.filters.filter import Filter
from portcall.actions.mapping.liquid_language.javascript import WHITESPACE, show, string
from portcall.actions.mapping.liquid_language.scope import LiquidError, Scope
from portcall.actions.mapping.values import MISSING, is_truthy

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_ESCAPE_TABLE: Final = str.maketrans(_ESCAPES)
_UNESCAPES: Final = {written: character for character, written in _ESCAPES.items()}
_ESCAPED: Final = re.compile("&(?:amp|lt|gt|#34|#39);")
_PERCENT: Final = re.compile("(?:%[0-9A-Fa-f]{2})+|%")
_NOT_BASE64: Final = re.compile("[^A-Za-z0-9+/]")
_BLOCKS: Final = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"), ("<", ">"))
_URI: Final = "-_.!~*'()"
_ACCENTS: Final = str.maketrans(
    {
        **dict.fromkeys("àáâãäå", "a"),
        **dict.fromkeys("èéêë", "e"),
        **dict.fromkeys("ìíîï", "i"),
        **dict.fromkeys("òóôõöø", "o"),
        **dict.fromkeys("ùúûü", "u"),
        **dict.fromkeys("ýÿ", "y"),
        "æ": "ae",
        "ç": "c",
        "ð": "d",
        "ñ": "n",
        "ß": "ss",
        "œ": "oe",
        "þ": "th",
        "ẞ": "SS",
        "Œ": "OE",
        "Þ": "TH",
    }
)


def _of_text(change: Callable[[str], str]) -> Filter:
    def apply(_scope: Scope, value: Any) -> str:
        return change(show(value))

    return Filter(apply)


def _escape(text: str) -> str:
    return text.translate(_ESCAPE_TABLE)


def _escape_once(text: str) -> str:
    return _escape(_ESCAPED.sub(lambda match: _UNESCAPES[match[0]], text))


def _strip_html(text: str) -> str:
    """A text without tags, comments, scripts and styles; what is not closed stays."""
    kept: list[str] = []
    at, blocks = 0, dict(_BLOCKS)
    while (start := text.find("<", at)) >= 0:
        kept.append(text[at:start])
        at = _after_block(text, start, blocks)
        if at == start:
            break
    return "".join((*kept, text[at:]))


def _after_block(text: str, start: int, blocks: dict[str, str]) -> int:
    """The place behind what begins at ``start``; what has no end is looked for once only."""
    for opener, closer in tuple(blocks.items()):
        if text.startswith(opener, start):
            end = text.find(closer, start + len(opener))
            if end >= 0:
                return end + len(closer)
            del blocks[opener]
    return start


def _quoted(text: str, safe: str) -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise LiquidError("has half a character, which no URL can hold") from None


def _url_encode(text: str) -> str:
    return _quoted(text, _URI).replace("%20", "+")


def _cgi_escape(text: str) -> str:
    return _quoted(text, "-_.~").replace("%20", "+")


def _uri_escape(text: str) -> str:
    return _quoted(text, ";/?:@&=+$,#[]" + _URI)


def _url_decode(text: str) -> str:
    return _PERCENT.sub(_decoded, text).replace("+", " ")


def _decoded(match: re.Match[str]) -> str:
    try:
        return (
            bytes.fromhex(match[0].replace("%", "")).decode() if len(match[0]) > 1 else _malformed()
        )
    except UnicodeDecodeError:
        return _malformed()


def _malformed() -> str:
    raise LiquidError("has a '%' that is not part of an encoded text")


def _slugify(_scope: Scope, value: Any, mode: Any = MISSING, cased: Any = MISSING) -> str:
    text = show(value)
    mode = "default" if mode is MISSING else string(mode)
    if keeps := _SLUG_KEEPS.get(mode):
        text = _joined(text.translate(_ACCENTS) if mode == "latin" else text, keeps)
    return text if is_truthy(cased) else text.lower()


def _joined(text: str, keeps: Callable[[str], bool]) -> str:
    """A text with one dash for each run of characters that are not kept, none at its ends."""
    runs = ["".join(run) if kept else "-" for kept, run in itertools.groupby(text, keeps)]
    return re.sub("^-|-$", "", "".join(runs))


def _is_wordlike(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"


def _bytes(text: str) -> bytes:
    """UTF-8, in which half a character becomes U+FFFD, as Node writes it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _base64_encode(text: str) -> str:
    return base64.b64encode(_bytes(text)).decode()


def _base64_decode(text: str) -> str:
    """What stands before the first ``=``, without what is not base64, as Node reads it."""
    low_bytes = text.encode("utf-16-le", "surrogatepass")[::2]  # all that Node looks at
    written = low_bytes.decode("latin-1").partition("=")[0]
    digits = _NOT_BASE64.sub("", written.replace("-", "+").replace("_", "/"))
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")


def _sha256(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _hmac_sha256(_scope: Scope, value: Any, key: Any = MISSING) -> str:
    return hmac.new(_bytes(show(key)), _bytes(show(value)), "sha256").hexdigest()


_SLUG_KEEPS: Final[dict[str, Callable[[str], bool]]] = {
    "raw": lambda character: character not in WHITESPACE,
    "default": _is_wordlike,
    "pretty": lambda character: character in "._~!$&'()+,;=@" or _is_wordlike(character),
    "ascii": lambda character: character.isascii() and character.isalnum(),
    "latin": _is_wordlike,
}
FILTERS: Final = {
    "base64_decode": _of_text(_base64_decode),
    "base64_encode": _of_text(_base64_encode),
    "cgi_escape": _of_text(_cgi_escape),
    "escape": _of_text(_escape),
    "escape_once": _of_text(_escape_once),
    "hmac_sha256": Filter(_hmac_sha256),
    "sha256": _of_text(_sha256),
    "slugify": Filter(_slugify),
    "strip_html": _of_text(_strip_html),
    "uri_escape": _of_text(_uri_escape),
    "url_decode": _of_text(_url_decode),
    "url_encode": _of_text(_url_encode),
    "xml_escape": _of_text(_escape),
}
