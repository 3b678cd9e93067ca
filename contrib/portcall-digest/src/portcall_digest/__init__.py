"""Digest access authentication (RFC 7616): a proof of the password, made for each request."""

from __future__ import annotations

from typing import Final

import attrs

from portcall import (
    Auth,
    Kind,
    MalformedResponseError,
    Request,
    RequestError,
    RequestOptions,
    Response,
    Secret,
    Sent,
    Text,
    Verdict,
    field,
    hookimpl,
    reveal,
)
from portcall_digest.challenges import Parsed, parse, parse_params
from portcall_digest.cookies import Cookies
from portcall_digest.keys import Key, url_of
from portcall_digest.nonces import Nonce, Nonces, collect, leave
from portcall_digest.offers import SCHEME, Challenge, choose, describe

_REPLAYABLE: Final = (bytes, bytearray, memoryview)


@attrs.frozen
class Credentials:
    """What every destination of this scheme asks for, unless it redefines it."""

    username: str = field(label="Username")
    password: Secret = field(label="Password")
    check_server: bool = field(
        label="Check the server",
        description="Take only answers in which the server proves that it knows the password too.",
        default=False,
        category="Advanced",
    )


@hookimpl
def auth_fields() -> type[Credentials]:
    return Credentials


@hookimpl
def sign_request(request: Request, settings: Credentials, auth: Auth) -> RequestOptions | None:
    """Answer ahead of the challenge within the protection space (RFC 7616 §3.6)."""
    if request.body is not None and not isinstance(request.body, _REPLAYABLE):
        raise RequestError("a body that cannot be sent twice has no digest: give bytes or text")
    live = auth.live
    if not isinstance(live, Nonces):
        return None
    nonce = live.take(request)
    if nonce is None:
        return None
    proof = nonce.authorize(request)
    if proof is None:
        return None
    headers: dict[str, Text] = {"authorization": proof}
    if cookies := nonce.cookies.header(request):
        headers["cookie"] = cookies
    if settings.check_server:
        # A proof of the body is one of the encoded body, and what a response holds is decoded.
        headers["accept-encoding"] = "identity"
    return RequestOptions(headers=headers)


@hookimpl
def classify_response(
    request: Request, response: Response, settings: Credentials, auth: Auth
) -> Verdict | None:
    """See every answer: a challenge for this thread, ``nextnonce``, ``rspauth``."""
    if response.status == 401:
        offers = parse(response.headers.get_all("www-authenticate"))
        challenge = choose(offers, url_of(request))
        if challenge is not None:
            _learn(challenge, request, response, settings, auth)
        elif offers:
            reason = f"it offers {describe(offers)}, but no digest challenge that can be answered"
            return Verdict(Kind.CHALLENGED, reason=reason)
        return None
    if isinstance(auth.live, Nonces):
        auth.live.share()
        _keep_cookies(request, response, auth.live)
    if settings.check_server or "authentication-info" in response.headers:
        _read_info(request, response, settings, auth)
    return None


@hookimpl
def answer_challenge(
    request: Request, response: Response, settings: Credentials, auth: Auth
) -> Auth | None:
    """Answer once; a refusal of an answer is final unless its nonce was stale (RFC 7616 §3.3)."""
    challenge = choose(parse(response.headers.get_all("www-authenticate")), url_of(request))
    if challenge is None or _is_final(request, challenge):
        return None
    if isinstance(auth.live, Nonces):
        # Known already, unless a destination's own classify_response came first.
        _learn(challenge, request, response, settings, auth)
        return attrs.evolve(auth)
    live = Nonces()
    fresh = collect(request) or _nonce(challenge, settings, Cookies().after(request, response))
    live.give(fresh, asked=True)
    return attrs.evolve(auth, live=live)


def _nonce(challenge: Challenge, settings: Credentials, cookies: Cookies) -> Nonce:
    key = Key(challenge, settings.username, settings.password)
    return Nonce(challenge.nonce, key, cookies)


def _learn(
    challenge: Challenge,
    request: Request,
    response: Response,
    settings: Credentials,
    auth: Auth,
) -> None:
    """Keep a fresh nonce, and the cookies that belong to it, for this thread's next attempt."""
    live = auth.live
    used = live.current if isinstance(live, Nonces) else None
    cookies = (used.cookies if used else Cookies()).after(request, response)
    fresh = _nonce(challenge, settings, cookies)
    if isinstance(live, Nonces):
        live.give(fresh, asked=True)
    else:
        leave(request, fresh)


def _keep_cookies(request: Request, response: Response, live: Nonces) -> None:
    """Renew the cookies of a nonce that came with some, as a server renews its session."""
    used = live.current
    if used is not None and used.cookies and "set-cookie" in response.headers and _sent(request):
        used.cookies = used.cookies.after(request, response)


def _is_final(request: Request, challenge: Challenge) -> bool:
    sent = _sent(request)
    answered = sent is not None and sent.params.get("realm") == challenge.realm
    return answered and not challenge.stale


def _read_info(request: Request, response: Response, settings: Credentials, auth: Auth) -> None:
    """Honour ``nextnonce`` and, if asked to, check ``rspauth`` (RFC 7616 §3.5)."""
    live, sent = auth.live, _sent(request)
    used = live.current if isinstance(live, Nonces) else None
    said = parse_params(response.headers.get("authentication-info", ""))
    proven = sent and used and used.key.proves(sent.params, said, response)
    if settings.check_server and response.status < 300 and not proven:
        raise MalformedResponseError(
            f"{response.url}: the answer does not prove that the server knows the password "
            "(rspauth); turn check_server off if it never does",
            Sent.MAYBE,
        )
    if isinstance(live, Nonces) and sent and used and said.get("nextnonce"):
        live.give(Nonce(said["nextnonce"], used.key, used.cookies))


def _sent(request: Request) -> Parsed | None:
    """Read the digest credentials that *request* went out with."""
    offers = parse([reveal(request.headers.get("authorization", ""))])
    return next((offer for offer in offers if offer.scheme == SCHEME), None)
