"""What the person's browser shows at the end: one small page that runs, loads and keeps nothing."""

from __future__ import annotations

import html
from base64 import b64encode
from hashlib import sha256
from typing import Final

_LONGEST_TEXT: Final = 300
_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:18vh auto 0;padding:0 1rem;"
    "color:#1c1c1e;background:#fff}h1{font-size:1.5rem}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#1c1c1e}}"
)
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
    "<style>" + _STYLE.replace("{", "{{").replace("}", "}}") + "</style></head>"
    "<body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
)
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    "Content-Type: text/html; charset=utf-8",
    "Cache-Control: no-store",
    f"Content-Security-Policy: {_POLICY}",
    "Cross-Origin-Opener-Policy: same-origin",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Connection: close",
)
CONNECTED: Final = "You can close this window and go back to the program."
DENIED: Final = "The request was declined, so nothing was connected. You can close this window."
FAILED: Final = (
    "The answer that came here could not be used, so nothing was connected. Go back to the program: "
    "it says why, and what to do."
)


def verdict_page(*, ok: bool, text: str) -> bytes:
    """Write the whole HTTP answer that ends an authorization.

    Args:
        ok: The connection was made.
        text: One sentence of the program's own; it is escaped, and never what the browser sent.
    """
    title = "Connected" if ok else "Not connected"
    shown = html.escape("".join(filter(str.isprintable, text[:_LONGEST_TEXT])))
    return _answer("200 OK" if ok else "400 Bad Request", _PAGE.format(title=title, text=shown))


def nothing_here(status: str = "404 Not Found") -> bytes:
    """Write the answer to a request that is not a redirect of ours: a favicon, a stray tab."""
    return _answer(status, _PAGE.format(title="Nothing here", text="This page has no content."))


def _answer(status: str, page: str) -> bytes:
    body = page.encode()
    head = [f"HTTP/1.1 {status}", *_HEADERS, f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body
