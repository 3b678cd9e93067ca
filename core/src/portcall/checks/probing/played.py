"""A destination played inside the process: it records each request, and answers as a script says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote

import attrs

from portcall.checks.reply import Reply
from portcall.errors import DeadlineError, DisconnectedError, PolicyError, Sent, TransportError
from portcall.model.http_request import Request
from portcall.model.http_response import Headers, Response
from portcall.model.limits import Limits
from portcall.plugins.hookimpls import hookimpl
from portcall.secret import reveal
from portcall.wire.limits import Caps
from portcall.wire.outgoing import Call

MOST_REQUESTS: Final = 60
"""No hook needs more for a few events; one that makes more has no end of its own."""
TOKEN_ANSWER: Final = {
    "access_token": "fresh-access-token-c204",
    "accessToken": "fresh-access-token-c204",
    "token": "fresh-access-token-c204",
    "token_type": "bearer",
    "expires_in": 3600,
}


_OF_ATTEMPTS: Final = frozenset({"authorization", "date", "x-amz-date", "content-length"})


class EndlessError(BaseException):
    """A hook made more requests than it can need; no ``except Exception`` of the hook stops this."""


@attrs.frozen(kw_only=True, repr=False)
class Seen:
    """One request, as it would have gone onto the wire.

    Args:
        method: Upper case.
        host: Where it goes, in lower case.
        target: Path and query.
        headers: By lower-case name, secrets written out.
        body: Whole; empty for none.
        limits: What holds for it.
    """

    method: str
    host: str
    target: str
    headers: dict[str, str]
    body: bytes
    limits: Limits

    @property
    def segments(self) -> list[str]:
        """The segments of the path, decoded."""
        return [unquote(part) for part in self.target.partition("?")[0].split("/")]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The parameters, decoded."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def essence(self) -> tuple[object, ...]:
        """What tells one request from another, without what a signature makes anew for each attempt."""
        headers = {
            name: value
            for name, value in self.headers.items()
            if name not in _OF_ATTEMPTS and "signature" not in name and "timestamp" not in name
        }
        return self.method, self.host, self.target, tuple(sorted(headers.items())), self.body

    @property
    def text(self) -> str:
        """Everything that left: method, URL, headers and body."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.host}{self.target}\n{head}\n{self.body.decode('utf-8', 'replace')}"

    @property
    def json(self) -> Any:
        """The body read as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def asks_for_token(self) -> bool:
        """Whether it trades a code, a refresh token or an assertion for an access token."""
        return any(name in self.text for name in ("grant_type", "refresh_token", "refreshToken"))


Answer: TypeAlias = Response | TransportError
Script: TypeAlias = Callable[[Seen], Answer]


class Played:
    """The extra that answers in place of the transport.

    Attributes:
        script: What it answers.
        seen: What was sent.
    """

    def __init__(self) -> None:
        self.script: Script = lambda _: Response(status=200)
        self.seen: list[Seen] = []

    @hookimpl
    def send_request(self, request: Request) -> Response:
        target = request.target
        if target is None:
            raise PolicyError("nothing was sent: no policy has allowed this request")
        # A header that cannot be sent is refused as the transport refuses it.
        Call(request, target, Caps().over(request.limits))
        seen = Seen(
            method=request.method,
            host=target.host,
            target=target.target,
            headers={name: reveal(value) for name, value in request.headers.items()},
            body=request.body or b"",
            limits=request.limits,
        )
        self.seen.append(seen)
        if len(self.seen) > MOST_REQUESTS:
            raise EndlessError(f"more than {MOST_REQUESTS} requests")
        answer = self.script(seen)
        if isinstance(answer, TransportError):
            raise answer
        return Response(
            status=answer.status,
            headers=answer.headers,
            body=answer.body if answer.unreadable is None else b"",
            url=f"{target.scheme}://{target.authority}{seen.target.partition('?')[0]}",
            unreadable=answer.unreadable,
        )


def response_of(reply: Reply) -> Answer:
    """Return what comes of a reply at this end of the wire."""
    if reply.hang_up:
        return reset()
    body = reply.body if reply.json is None else json.dumps(reply.json).encode()
    kind = {} if reply.json is None else {"Content-Type": "application/json"}
    return Response(
        status=reply.status, headers=Headers({**kind, **reply.headers}.items()), body=body
    )


def reset() -> TransportError:
    """Return what a connection is that breaks before an answer."""
    return DisconnectedError("the connection was closed before an answer came", Sent.MAYBE)


def late() -> TransportError:
    """Return what an answer is that does not come in time."""
    return DeadlineError("no answer within the time for this request", Sent.MAYBE)


def cut_off() -> Response:
    """Return a success whose body ends before its length."""
    ended = DisconnectedError("the body ended 14 bytes before its length", Sent.MAYBE, 200)
    kind = Headers([("Content-Type", "application/json")])
    return Response(status=200, headers=kind, body=b'{"id": ', unreadable=ended)


def with_tokens(script: Script, token: Script | None = None) -> Script:
    """Return a script that answers token requests with tokens, and all others as *script* does."""
    give = token or (lambda _: response_of(Reply(json=TOKEN_ANSWER)))
    return lambda seen: give(seen) if seen.asks_for_token else script(seen)
