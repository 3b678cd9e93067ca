"""What a destination answered, as it may be shown."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

from portcall.model.http_response import Response
from portcall.previews.known_secrets import KnownSecrets
from portcall.previews.shown_requests import is_telltale, shown_value
from portcall.redaction.bodies import hide_named
from portcall.secret import MASK

MOST_CHARACTERS: Final = 20_000
_MOST_LEVELS: Final = 50


def answer_as_json(response: Response, known: KnownSecrets) -> dict[str, Any]:
    """Return an answer for programs and pages.

    Beside the secrets that are known, what the destination may have just issued is ``***``: the values of
    members with a credential's name, tokens that look like one.

    Args:
        response: What came back.
        known: What must not be shown.

    Returns:
        ``status``, ``headers`` and ``body``: JSON with indentation, or the text; None if it is not text, and
        cut after 20,000 characters.
    """
    headers = {
        name: shown_value(name, hide_named(value), known)
        for name, value in response.headers.items()
    }
    return {"status": response.status, "headers": headers, "body": _body(response.body, known)}


def _body(body: bytes, known: KnownSecrets) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    with suppress(ValueError, RecursionError):  # it is not JSON
        text = json.dumps(_masked(json.loads(text)), indent=2, ensure_ascii=False)
    shown = hide_named(known.redactor.start(text, MOST_CHARACTERS + 1))
    text = known.clean(shown)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _masked(value: Any, level: int = 0) -> Any:
    """Mask what stands under the name of a credential, at any depth."""
    if level > _MOST_LEVELS:
        return "…"
    if isinstance(value, dict):
        return {
            key: MASK if is_telltale(key) and _is_text(each) else _masked(each, level + 1)
            for key, each in value.items()
        }
    return [_masked(each, level + 1) for each in value] if isinstance(value, list) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and " " not in value
