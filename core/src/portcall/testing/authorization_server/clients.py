"""Which client asks, and whether it proves that (RFC 6749 §2.3)."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error
from hmac import compare_digest
from typing import Literal, TypeAlias
from urllib.parse import unquote_plus

import attrs

from portcall.testing.authorization_server.refusals import Refusal, one_each
from portcall.testing.messages import Received

Proof: TypeAlias = Literal["client_secret_basic", "basic_raw", "client_secret_post", "none"]


@attrs.frozen
class RegisteredClient:
    """The one client that the stand-in knows.

    Args:
        id: Its id.
        secret: Its secret; empty for a public client.
        proof: How it has to prove who it is; every other way is refused.
        redirect_urls: Where a person may be sent back to.
    """

    id: str
    secret: str
    proof: Proof
    redirect_urls: tuple[str, ...]

    def check(self, request: Received, form: dict[str, str]) -> None:
        """Refuse a request that another client made, or that does not prove which client made it.

        Raises:
            Refusal: ``invalid_client``; ``invalid_request`` for two proofs at once.
        """
        authorization = request.headers.get("Authorization") or ""
        in_header = authorization[:6].lower() == "basic "
        if in_header and "client_secret" in form:
            raise Refusal("invalid_request", "the client authenticates in two ways at once")
        found = "client_secret_basic" if in_header else "client_secret_post"
        if not in_header and "client_secret" not in form:
            found = "none"
        wanted = "client_secret_basic" if self.proof == "basic_raw" else self.proof
        if found != wanted:
            said = f"this client authenticates with {wanted}, and the request has {found}"
            raise Refusal("invalid_client", said, asks_basic=in_header)
        given = self._basic(authorization) if in_header else (form.get("client_id", ""), "")
        if found == "client_secret_post":
            given = given[0], form["client_secret"]
        if form.get("client_id", given[0]) != given[0]:
            raise Refusal("invalid_request", "client_id is not the one of the Authorization header")
        if not _same(given, (self.id, self.secret)):
            said = "no client has this id and this secret"
            raise Refusal("invalid_client", said, asks_basic=in_header)

    def _basic(self, authorization: str) -> tuple[str, str]:
        try:
            text = b64decode(authorization[6:], validate=True).decode()
        except (Error, UnicodeDecodeError):
            raise Refusal("invalid_client", "no Base64 of UTF-8", asks_basic=True) from None
        name, _, secret = text.partition(":")
        if self.proof == "basic_raw":
            return name, secret
        return unquote_plus(name), unquote_plus(secret)  # RFC 6749 §2.3.1


def read_fields(request: Received, body: str) -> dict[str, str]:
    """Return the parameters of a request to the token endpoint, each of which stands once.

    Args:
        request: As it came.
        body: ``"form"`` (RFC 6749 §3.2), or ``"json"``.

    Raises:
        Refusal: ``invalid_request``: the body is something else.
    """
    media = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    wanted = "application/json" if body == "json" else "application/x-www-form-urlencoded"
    if media != wanted:
        raise Refusal("invalid_request", f"the body must be {wanted}; it is {media or 'nothing'}")
    if request.query:
        raise Refusal("invalid_request", "parameters belong in the body, not in the URL")
    try:
        if body == "json":
            return {f"{name}": f"{value}" for name, value in json.loads(request.body).items()}
        return one_each(request.form)
    except (ValueError, AttributeError):
        raise Refusal("invalid_request", "the body cannot be read") from None


def _same(given: tuple[str, str], wanted: tuple[str, str]) -> bool:
    return compare_digest("\n".join(given).encode(), "\n".join(wanted).encode())
