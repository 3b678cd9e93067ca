"""The three-legged flow (RFC 5849 §2): temporary credentials, a person's consent, a token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs

from portcall import (
    Auth,
    AuthenticationError,
    Authorization,
    Client,
    Request,
    Response,
    Secret,
    Text,
    ThrottledError,
    retry_after,
    reveal,
)
from portcall_oauth1.base import FORM
from portcall_oauth1.clocks import learn, timestamp
from portcall_oauth1.methods import Keys
from portcall_oauth1.settings import Credentials
from portcall_oauth1.signing import authorization

OUT_OF_BAND: Final = "oob"
_NO_PARAMETERS: Final[Mapping[str, str]] = MappingProxyType({})
_MOST_FIELDS: Final = 64
_MOST_KEPT: Final = 16
_LONGEST: Final = 1024


@attrs.frozen(kw_only=True)
class Endpoints:
    """Where a destination gives out tokens: the answer of ``oauth1_endpoints``.

    Args:
        initiate: Absolute URL for temporary credentials (RFC 5849 §2.1).
        authorize: Absolute URL of the page that asks a person (§2.2).
        token: Absolute URL for token credentials (§2.3).
        initiate_parameters: Sent to the first as a form: ``{"x_auth_access_type": "write"}``.
        authorize_parameters: Added to the page's query: ``{"scope": "read,write"}``.
    """

    initiate: str
    authorize: str
    token: str
    initiate_parameters: Mapping[str, str] = _NO_PARAMETERS
    authorize_parameters: Mapping[str, str] = _NO_PARAMETERS


def begin(
    client: Client, settings: Credentials, endpoints: Endpoints, redirect_url: str
) -> Authorization:
    """Get temporary credentials and say which page to send a person to (RFC 5849 §2.1, §2.2).

    Raises:
        AuthenticationError: The consumer is refused, or the other side knows no callbacks (1.0).
    """
    callback = {"oauth_callback": redirect_url or OUT_OF_BAND}
    keys = Keys(consumer=settings.consumer_secret, private_key=settings.private_key)
    given = _ask(
        client, settings, endpoints.initiate, keys, None, callback, endpoints.initiate_parameters
    )
    if given.get("oauth_callback_confirmed", "").lower() != "true":
        raise AuthenticationError(
            "the destination did not confirm the callback: it speaks OAuth 1.0 and not 1.0a"
        )
    query = urlencode({"oauth_token": given["oauth_token"], **endpoints.authorize_parameters})
    joint = "&" if "?" in endpoints.authorize else "?"
    secret = Secret(given["oauth_token_secret"])
    pending: dict[str, Text] = {"token": given["oauth_token"], "token_secret": secret}
    return Authorization(url=f"{endpoints.authorize}{joint}{query}", pending=pending)


def finish(
    client: Client,
    settings: Credentials,
    endpoints: Endpoints,
    pending: Mapping[str, Text],
    redirected_url: str,
) -> Auth:
    """Trade the verifier for a token (RFC 5849 §2.3).

    Args:
        client: Carries no credentials.
        settings: The consumer's.
        endpoints: The destination's.
        pending: From `begin`.
        redirected_url: Where the browser was sent back to; out of band, what the page showed.

    Raises:
        AuthenticationError: The person declined, or the answer belongs to another authorization.
    """
    keys = Keys(
        consumer=settings.consumer_secret,
        token=Secret(pending["token_secret"]),
        private_key=settings.private_key,
    )
    verifier = {"oauth_verifier": _verifier(reveal(pending["token"]), redirected_url)}
    token = Secret(pending["token"])
    given = _ask(client, settings, endpoints.token, keys, token, verifier, _NO_PARAMETERS)
    return Auth(
        access_token=given.pop("oauth_token"),
        token_secret=given.pop("oauth_token_secret"),
        token_type="oauth1",  # noqa: S106  # a word, no secret
        state=dict(list(given.items())[:_MOST_KEPT]),
    )


def _verifier(token: str, redirected_url: str) -> str:
    """Read the verifier out of what came back; the token shows that it belongs here (§2.2)."""
    text = redirected_url.strip()
    try:
        answer = dict(parse_qsl(urlsplit(text).query, max_num_fields=_MOST_FIELDS))
    except ValueError:
        answer = {}
    if not answer and text and len(text) <= _LONGEST and "://" not in text:
        return text
    if not compare_digest(answer.get("oauth_token", "").encode(), token.encode()):
        denied = any(token == value for value in answer.values())
        raise AuthenticationError(
            "the person declined" if denied else "the answer does not belong to this authorization"
        )
    if not answer.get("oauth_verifier"):
        raise AuthenticationError("the person declined: the answer has no oauth_verifier")
    return answer["oauth_verifier"]


def _ask(
    client: Client,
    settings: Credentials,
    url: str,
    keys: Keys,
    token: Secret | None,
    more: Mapping[str, str],
    form: Mapping[str, str],
) -> dict[str, str]:
    """Send one signed POST; after a timestamp refusal once more by the destination's clock."""
    body = urlencode(form).encode() if form else None
    request = Request(
        method="POST", url=url, headers={"content-type": FORM} if form else {}, body=body
    )

    def send(live: object) -> tuple[Request, Response]:
        proof = authorization(request, settings, keys, token, timestamp(live), more=more)
        headers = {**request.headers, "authorization": proof}
        answer = client.post(url, headers=headers, body=body, raise_for_status=False)
        return request.replace(headers=headers), answer

    sent, answer = send(None)
    clock = learn(sent, answer) if answer.status in {400, 401} else None
    if clock is not None:
        _, answer = send(clock)
    if answer.status == 429 or answer.status >= 500:
        retry_at = retry_after(answer, datetime.now(UTC))
        raise ThrottledError(f"{answer.url} answered {answer.status}", answer, retry_at)
    if answer.status >= 300:
        said = answer.body[:_LONGEST].decode("utf-8", "replace")
        raise AuthenticationError(
            f"no token: {answer.url} answered {answer.status}: {said}", answer
        )
    return _credentials(answer)


def _credentials(answer: Response) -> dict[str, str]:
    """Read a form-encoded answer (RFC 5849 §2.1, §2.3)."""
    text = answer.body.decode("utf-8", "replace") if len(answer.body) <= 65_536 else ""
    try:
        given = dict(parse_qsl(text.strip(), max_num_fields=_MOST_FIELDS, keep_blank_values=True))
    except ValueError:
        given = {}
    if not given.get("oauth_token") or "oauth_token_secret" not in given:
        raise AuthenticationError(f"{answer.url}: answered without a token and its secret", answer)
    return {name: value[:_LONGEST] for name, value in given.items()}
