"""What a resource server says in ``WWW-Authenticate`` (RFC 9110 §11.6.1, RFC 6750 §3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from portcall.model.http_response import Response

_LONGEST: Final = 8_192
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  # a word of RFC 9110 §5.6.2
_PART: Final = re.compile(
    rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))|([0-9A-Za-z._~+/-]+=*)', re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def bearer_error(response: Response) -> str:
    """Return the ``error`` of the Bearer challenge in *response*; empty if there is none."""
    for value in response.headers.get_all("www-authenticate"):
        for scheme, name, said in _parameters(value[:_LONGEST]):
            if scheme == "bearer" and name == "error":
                return said
    return ""


def _parameters(value: str) -> Iterator[tuple[str, str, str]]:
    """Return scheme, name and value of every parameter; names in lower case."""
    scheme = ""
    for match in _PART.finditer(value):
        name, quoted, plain, word = match.groups()
        if word is not None:
            scheme = word.lower()
        else:
            said = _ESCAPED.sub(r"\1", quoted) if quoted is not None else plain
            yield scheme, name.lower(), said
