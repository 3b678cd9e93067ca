"""What a token endpoint answers (RFC 6749 §5), read as if an enemy had written it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

import attrs

from portcall.errors import AuthenticationError, RefreshError
from portcall.model.auth import Auth
from portcall.model.http_response import Response
from portcall.model.opaque import EMPTY
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.lifetimes import lifetime_s
from portcall.schemes.oauth2.refusals import refusal, word_of
from portcall.secret import Secret, Text

MOST_BYTES: Final = 1 << 20
_MOST_PARAMETERS: Final = 100
_MOST_SCOPES: Final = 1_000
_LONGEST_SETTING: Final = 2_048
_FORMS: Final = {"application/x-www-form-urlencoded", "text/plain"}
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")
_BEARER: Final = "bearer"


def token_response(
    response: Response,
    auth: Auth,
    *,
    now: datetime | None = None,
    endpoints: OAuth2Endpoints | None = None,
    hidden: Iterable[Secret] = (),
) -> Auth:
    """Turn a token endpoint's answer into credentials (RFC 6749 §5).

    JSON is read whatever its Content-Type says, and form-encoded answers of vendors that predate the
    RFC, too: a token that came and is not used may be the last one of its family.

    Args:
        response: Any answer, success or not; pass ``raise_for_status=False`` when asking.
        auth: The credentials so far. What the answer does not mention stays: a refresh token that is
            missing or empty, scopes, state.
        now: Aware instant at which the token was asked for, from which its lifetime counts; the present
            if None.
        endpoints: What the destination declared: token types, settings to keep, words for "gone".
        hidden: What else was sent and must not show in a message: a code, a verifier.

    Returns:
        Credentials with ``issued_at`` and, if the answer has a lifetime that can be believed,
        ``expires_at``. A missing ``token_type`` means bearer.

    Raises:
        ReauthorizationError: The grant is gone (``invalid_grant``).
        RefreshError: No token at the moment: 5xx, 429, a page with status 200; ``retry_at`` from Retry-After.
        SignInNotFoundError: 404, 405 or 410, and no OAuth error: the URL is wrong.
        ClientRefusedError: The client id or secret is wrong (``invalid_client``).
        AuthenticationError: The request is refused for good (a bare 400, 401 or 403, say), or the token that
            came cannot be used. No message holds a token.

    Example::

        form = {"grant_type": "refresh_token", "refresh_token": auth.refresh_token}
        answer = client.post("https://api.example.com/token", form=form, raise_for_status=False)
        return token_response(answer, auth)
    """
    now = now or datetime.now(UTC)
    said = fields_of(response)
    if said is None or not 200 <= response.status < 300 or word_of(said)[0]:
        raise refusal(response, said, now=now, endpoints=endpoints, hidden=(auth, *hidden))
    if not said.get("access_token"):
        raise RefreshError(f"{response.url}: the answer holds no access_token")
    life = lifetime_s(said.get("expires_in"))
    return attrs.evolve(
        auth,
        access_token=_token(response, said, "access_token", _VISIBLE),
        refresh_token=_refresh_token(response, said) or auth.refresh_token,
        token_type=_token_type(response, said, endpoints),
        expires_at=None if life is None else now + timedelta(seconds=life),
        issued_at=now,
        scopes=_scopes(said.get("scope"), endpoints, auth.scopes),
        state=_state(said, endpoints, auth.state),
    )


def fields_of(response: Response) -> Mapping[str, Any] | None:
    """Read the members of an answer: JSON, or a form as before RFC 6749; None if it is neither."""
    if response.unreadable is not None and response.status >= 300:
        return None  # a refusal needs no body to be one
    if len(response.body) > MOST_BYTES:
        return None
    try:
        text = response.body.decode("utf-8-sig").strip()
        if response.media_type in _FORMS and text[:1] != "{":
            return _form(text)
        said = json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _form(text: str) -> Mapping[str, Any] | None:
    pairs = parse_qsl(
        text, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_PARAMETERS
    )
    said = dict(pairs)
    return said if len(said) == len(pairs) else None


def _integer(digits: str) -> int | float:
    """Read an integer; one that Python would refuse for its length is no reason to lose a token."""
    return int(digits) if len(digits) <= 20 else math.inf


def _token(
    response: Response, said: Mapping[str, Any], name: str, allowed: re.Pattern[str]
) -> Secret:
    """Return a token that can go onto a request again (RFC 6749 §A.12, §A.17, RFC 6750 §2.1)."""
    if isinstance(said[name], str) and allowed.fullmatch(said[name]):
        return Secret(said[name])
    raise AuthenticationError(
        f"{response.url}: the answer's {name} is not text of visible ASCII characters; it cannot be used",
        response,
    )


def _refresh_token(response: Response, said: Mapping[str, Any]) -> Secret | None:
    """Return the next refresh token; none keeps the one there is (RFC 6749 §6)."""
    if said.get("refresh_token") in (None, ""):
        return None
    return _token(response, said, "refresh_token", _PRINTABLE)


def _token_type(
    response: Response, said: Mapping[str, Any], endpoints: OAuth2Endpoints | None
) -> str:
    """Refuse a token of a kind that portcall does not use (RFC 6749 §7.1)."""
    word = said.get("token_type") or _BEARER
    known = endpoints.token_types if endpoints else (_BEARER,)
    if isinstance(word, str) and word.lower() in {_BEARER, *map(str.lower, known)}:
        return _BEARER
    raise AuthenticationError(
        f"{response.url}: the answer's token_type is not 'bearer', the only one that this scheme can "
        "use; a vendor's own word for it goes into OAuth2Endpoints(token_types=...)",
        response,
    )


def _scopes(
    said: object, endpoints: OAuth2Endpoints | None, kept: tuple[str, ...]
) -> tuple[str, ...]:
    """Read what was granted: separated by spaces, commas or the vendor's separator, or a list."""
    if isinstance(said, str):
        said = re.split(rf"[\s,{re.escape(endpoints.scope_separator if endpoints else '')}]+", said)
    if not isinstance(said, list):
        return kept
    scopes = (one for one in said[:_MOST_SCOPES] if isinstance(one, str))
    return tuple(one for one in scopes if _PRINTABLE.fullmatch(one))


def _state(
    said: Mapping[str, Any], endpoints: OAuth2Endpoints | None, kept: Mapping[str, Text]
) -> Mapping[str, Text]:
    """Keep the fields that the destination asked for."""
    wanted = endpoints.settings_from_token if endpoints else EMPTY
    found = {name: _setting(said, path) for path, name in wanted.items()}
    return {**kept, **{name: value for name, value in found.items() if value is not None}}


def _setting(said: Mapping[str, Any], path: str) -> str | None:
    value: Any = said.get(path)
    if value is None:
        value = said
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    good = isinstance(value, str) and len(value) <= _LONGEST_SETTING and value.isprintable()
    return value if good and value else None
