"""The start of an answer, fit for an error message: one line, and no credential in it."""

from __future__ import annotations

import re
from typing import Final

from portcall.redaction.html_text import is_page, text_of_page, without_unseen
from portcall.redaction.text import Redactor
from portcall.secret import MASK

_MOST_READ: Final = 8_192
_SHORTEST_BARE: Final = 16
_FLAGS: Final = re.IGNORECASE | re.VERBOSE | re.DOTALL

# Names that end like a credential's, so that token_type and error_code stay readable.
_NAME: Final = r"""
    (?<![\w.-])
    (?: [\w.-]{0,40}?
        (?: token | secret | passw(?:or)?d | passphrase | pwd | jwt | cookie | credentials?
          | authori[sz]ation | assertion | signature | sess(?:ion)?(?:[_.-]?(?:id|key))?
          | (?: api | access | account | auth | client | consumer | encryption | license | master
              | private | secret | security | shared | signing | storage | subscription | webhook
            ) [_.\s-]? key
          | verifier
        )
      | pass | pin | otp | sid | sig | auth | bearer | hmac
    )
"""
# Names whose value is a credential only if it looks like one: "code": "invalid_grant" is none.
_MAYBE: Final = r"(?<![\w.-]) [\w-]{0,40}? (?: code | key | ticket | nonce | state )"
_IS: Final = r"""(?: \\* ["'] )? \s* (?: => | [:=] ) \s*"""
_SCHEMES: Final = "bearer|basic|token|digest|negotiate|oauth|bot|apikey|hmac"

_MEMBER: Final = re.compile(
    rf"""
    (?P<head> {_NAME} {_IS} )
    (?: (?P<open> \\* ["'] ) (?P<quoted> .*? ) (?P<close> (?<!\\) (?P=open) | \Z )
      | (?P<group> [\[{{] [^\]}}]* [\]}}]? )
      | (?P<bare> (?: (?: {_SCHEMES} ) \s+ )? [^\s&;,"'<>()\[\]{{}}\\]+ )
    )
    """,
    _FLAGS,
)
_ELEMENT: Final = re.compile(
    rf"""(?P<head> < (?: [\w-]{{1,40}} : )? {_NAME} (?: \s [^<>]{{0,200}} )? > )
    \s* (?: <!\[CDATA\[ )? [^<\]]+""",
    _FLAGS,
)
_MAYBE_MEMBER: Final = re.compile(
    rf"""(?P<head> {_MAYBE} {_IS} (?: \\* ["'] )? ) (?P<value> [\w./+=~-]{{12,}} )""", _FLAGS
)
_SHAPES: Final = re.compile(
    rf"""
    (?: (?<= cookie: ) | (?<= cookie:[ ] ) ) [^\s"] [^\r\n"]*          # every cookie of a field
  | (?<= :// ) [^/\s:@"'<>]* : [^/\s@"'<>]+ (?= @ )                   # user and password in a URL
  | (?<! [\w-] ) eyJ [\w-]{{8,}} (?: \. [\w-]* )+                     # a JSON web token (RFC 7519)
  | \b (?P<scheme> (?: {_SCHEMES} ) \s+ ) (?= \S* [0-9] ) [\w./+~-]{{16,}} =*
    """,
    _FLAGS,
)
_PROSE: Final = re.compile(
    rf"""(?! ["'\[\s\\]* (?: {_SCHEMES} ) \s ) [^\W\d_] [^\d_\s:={{}}]* \s [^\d_:={{}}]*""", _FLAGS
)
_OPAQUE: Final = re.compile(r"(?=.*[0-9][a-z])(?=.*[a-z-][0-9])|.{40}", re.IGNORECASE)
# Controls, invisible characters and those that turn the direction of a line.
_NOT_SHOWN: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+"
)


def redact_body(body: str | bytes, redactor: Redactor, limit: int = 300) -> str:
    """Return the start of an answer's body for an error message.

    Beside the values that *redactor* knows, it hides what a destination may have just issued: the
    values of JSON members, form parameters, header fields and XML elements with a credential's
    name, JSON web tokens, ``Bearer`` credentials, passwords in URLs. Error codes, ``token_type`` and
    sentences ("password: can't be blank") stay readable.

    Args:
        body: The whole body; what is far behind the limit is not looked at.
        redactor: Knows the connection's own secrets.
        limit: The most characters to return.

    Returns:
        The text of a page, if it is HTML; one line without control characters.
    """
    text = body if isinstance(body, str) else body[: 4 * _MOST_READ].decode("utf-8", "replace")
    if "\0" in text[:_MOST_READ]:
        return "(not text)"
    is_html = is_page(text)
    if is_html:
        text = without_unseen(text)
    shown = hide_named(redactor.start(text, _MOST_READ))
    if is_html:  # what its tags have held apart may be a name and its value
        shown = hide_named(_NOT_SHOWN.sub(" ", redactor(text_of_page(shown))))
    # Again, because a line end within a value may just have become the space it was.
    line = redactor(_NOT_SHOWN.sub(" ", shown).strip())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def hide_named(text: str) -> str:
    """Hide what stands under a credential's name, or looks like one, in a text of any shape."""
    text = _MEMBER.sub(_hide_member, text)
    text = _ELEMENT.sub(rf"\g<head>{MASK}", text)
    text = _MAYBE_MEMBER.sub(_hide_opaque, text)
    return _SHAPES.sub(lambda match: f"{match['scheme'] or ''}{MASK}", text)


def _hide_member(match: re.Match[str]) -> str:
    value = match["quoted"] or match["group"] or match["bare"] or ""
    if not value or _is_prose(value) or (match["bare"] and _is_word(match)):
        return match[0]
    return f"{match['head']}{match['open'] or ''}{MASK}{match['close'] or ''}"


def _is_prose(value: str) -> bool:
    """Return whether *value* is a message about a credential: words of letters, more than one."""
    return _PROSE.fullmatch(value.strip("[]\"'\\ \n")) is not None


def _is_word(match: re.Match[str]) -> bool:
    """Return whether a value without quotes is a word: ``null``, or "token: expected a string"."""
    bare = match["bare"]
    said = ":" in match["head"] and not any(map(str.isdigit, bare))
    return said and len(bare) < _SHORTEST_BARE and not any(map(str.isspace, bare))


def _hide_opaque(match: re.Match[str]) -> str:
    return f"{match['head']}{MASK}" if _OPAQUE.match(match["value"]) else match[0]
