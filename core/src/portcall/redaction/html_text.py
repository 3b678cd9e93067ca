"""The text of an HTML page: what a person reads of an error page of a proxy or a web server."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_FLAGS: Final = re.IGNORECASE | re.DOTALL
# Comments are matched in one way only: what an answer holds must not cost time.
_PAGE: Final = re.compile(
    r"(?:\s|<!--(?:(?!-->).)*-->)*+<(?:!doctype\s+html|html|head|body)\b", _FLAGS
)
_UNSEEN: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", _FLAGS)
_TAG: Final = re.compile(r"<[^>]*(?:>|\Z)")


def is_page(text: str) -> bool:
    """Return whether *text* begins as an HTML page does."""
    return _PAGE.match(text[:2_000]) is not None


def without_unseen(text: str) -> str:
    """Return a page without its scripts, styles and comments: they are long, and come first."""
    return _UNSEEN.sub(" ", text)


def text_of_page(text: str) -> str:
    """Return what a page shows, with the white space that its tags stand for."""
    return unescape(_TAG.sub(" ", text))
