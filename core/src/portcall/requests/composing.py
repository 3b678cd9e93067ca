"""From what the caller and the layers want to one finished request."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from portcall.errors import SettingsError
from portcall.hosts.policy import Policy
from portcall.model.http_request import Request, RequestOptions
from portcall.model.limits import NO_LIMITS, Limits
from portcall.model.quick_init import maker
from portcall.secret import Secret, Text, reveal
from portcall.urls import Url, has_half, with_query

TIMEOUT_S: Final = 30.0
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_finished: Final = maker(Request)
"""Makes a request whose headers have lower-case names already."""


def compose(
    request: Request,
    answers: Sequence[RequestOptions],
    policy: Policy,
    connection: str,
    weakest: Limits,
    started: float,
) -> Request:
    """Merge *answers* into *request*, strongest first: the first answer wins per key.

    Args:
        request: As the caller made it; what it sets stays.
        answers: What the layers want.
        policy: Parses the final URL and holds it against the declared hosts.
        connection: Name of the connection that sends it.
        weakest: The host's own limits, where no other layer has an opinion.
        started: When its time began, on `time.monotonic`.

    Returns:
        The finished request, with ``target`` set and ``query`` gone into the URL.

    Raises:
        PolicyError: The URL leads where the plugin did not declare to talk.
        SettingsError: User name or password cannot be sent (RFC 7617 §2).
    """
    headers = dict(request.headers)
    query = request.query
    base_url, username, password, certificate = None, None, None, request.client_certificate
    limits = request.limits
    for answer in answers:
        for name, value in answer.headers.items():
            if name not in headers:
                headers[name] = value
        if answer.query:
            query = {**answer.query, **query}
        base_url = base_url or answer.base_url
        username = answer.username if username is None else username
        password = answer.password if password is None else password
        certificate = certificate or answer.client_certificate
        if answer.limits is not None:
            limits = merge_limits(limits, answer.limits)
    if (username or password) and "authorization" not in headers:
        headers["authorization"] = basic_authorization(username or "", password or "")
    limits = weakest if limits is NO_LIMITS else merge_limits(limits, weakest)
    url = policy.join(base_url, request.url)
    if query:
        url = with_query(url, query)
    return _finished(
        method=request.method,
        url=url,
        headers=headers,
        body=request.body,
        limits=limits,
        client_certificate=certificate,
        connection=connection,
        idempotent=request.idempotent,
        ends_at=request.ends_at or started + (limits.timeout_s or TIMEOUT_S),
        target=policy.check(url),
        answers=request.answers,
    )


def apply_signature(
    request: Request, signature: RequestOptions, check: Callable[[str], Url]
) -> Request:
    """Put what a signer answered onto *request*; its headers and query replace what was there."""
    url = with_query(request.url, signature.query) if signature.query else request.url
    headers = {**request.headers, **signature.headers}
    return request.replace(url=url, target=check(url), headers=headers)


def merge_limits(strong: Limits, weak: Limits) -> Limits:
    """Fill what *strong* has no opinion on from *weak*."""
    if strong is NO_LIMITS or strong == NO_LIMITS:
        return weak
    own = attrs.asdict(strong)
    return Limits(**{k: getattr(weak, k) if v is None else v for k, v in own.items()})


def basic_authorization(username: Text, password: Text) -> Secret:
    """Write the ``Authorization`` value of HTTP Basic (RFC 7617 §2, UTF-8 in NFC: §2.1).

    Raises:
        SettingsError: The user name holds a colon, or either holds a control character or half of a
            character (a lone surrogate).
    """
    user, word = reveal(username), reveal(password)
    if not (user.isascii() and word.isascii()):
        user, word = unicodedata.normalize("NFC", user), unicodedata.normalize("NFC", word)
    if ":" in user:
        raise SettingsError("Username must not contain a colon (RFC 7617 §2)")
    if _CONTROL.search(user) or _CONTROL.search(word):
        raise SettingsError("Username and password must not contain control characters")
    if has_half(user) or has_half(word):
        raise SettingsError(
            "Username and password must not contain half of a character (a lone surrogate)"
        )
    return Secret(f"Basic {b64encode(f'{user}:{word}'.encode()).decode()}")
