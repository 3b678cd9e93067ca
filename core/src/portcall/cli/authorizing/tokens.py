"""A token that the operator has already."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.cli.connections.given_settings import ask_token, on_terminal
from portcall.errors import AuthenticationError, SettingsError
from portcall.model.auth import Auth
from portcall.model.http_response import Response
from portcall.schemes.oauth2.answers import MOST_BYTES, token_response
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.secret import Secret

_OPTION: Final = "--with-token"
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


def read_token(endpoints: OAuth2Endpoints | None) -> Auth:
    """Read a token, or what a token endpoint answered, from stdin; on a terminal, ask for a token.

    Args:
        endpoints: What the destination declared, if anything.

    Raises:
        SettingsError: It is neither, or there is no standard input; the message repeats nothing of it.
    """
    if on_terminal():
        return parse_token(ask_token().reveal(), endpoints)
    if sys.stdin is None:
        raise SettingsError("there is no standard input to read the token from")
    return parse_token(sys.stdin.read(MOST_BYTES + 1), endpoints)


def parse_token(text: str, endpoints: OAuth2Endpoints | None) -> Auth:
    """Read *text* as `read_token` does."""
    text = text.strip()
    if text.startswith("{") and len(text) <= MOST_BYTES:
        return _answer(text, endpoints)
    if len(text) > MOST_BYTES or not _TOKEN.fullmatch(text):
        raise SettingsError(
            f"{_OPTION} takes an access token of visible ASCII characters from standard input, or "
            'JSON: {"access_token": "...", "refresh_token": "...", "expires_in": 3600}'
        )
    return Auth(access_token=Secret(text))


def _answer(text: str, endpoints: OAuth2Endpoints | None) -> Auth:
    try:
        said: Mapping[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        reason = "this is not JSON"
    else:
        try:
            auth = token_response(
                Response(status=200, body=text.encode("utf-8", "replace"), url=_OPTION),
                Auth(),
                endpoints=endpoints,
            )
        except AuthenticationError as exc:
            reason = str(exc).removeprefix(f"{_OPTION}: ")
        else:
            secret = said.get("token_secret")
            return attrs.evolve(auth, token_secret=secret) if isinstance(secret, str) else auth
    raise SettingsError(f"{_OPTION}: {reason}")
