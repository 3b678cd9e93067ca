"""What a destination may answer: each answer that an action has to handle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import attrs

from portcall.checks.probing.played import (
    Answer,
    Script,
    Seen,
    cut_off,
    late,
    reset,
    response_of,
)
from portcall.checks.reply import Reply

RETRY_AFTER: Final = timedelta(hours=2)
_PAGE: Final = (
    b"<!doctype html><html><head><title>Welcome</title></head><body><p>Sign in</p></body></html>"
)
_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
_SAID: Final = {
    "error": {"code": "sample", "message": "a sample error"},
    "message": "a sample error",
}


@attrs.frozen
class Scenario:
    """One answer to every request of a run.

    Args:
        name: Unique.
        what: For sentences: ``"a 429 without Retry-After"``.
        answer: Makes the answer; None for a success that the action understands.
    """

    name: str
    what: str
    answer: Callable[[], Answer] | None = attrs.field(default=None, eq=False, repr=False)

    def script(self, good: Callable[[Seen], Answer]) -> Script:
        """Return what is answered, given what a success is."""
        answer = self.answer
        return good if answer is None else lambda _: answer()


def _refusal(status: int, **headers: str) -> Scenario:
    reply = Reply(status, json=_SAID, headers=headers)
    return Scenario(f"{status}", f"a {status}", lambda: response_of(reply))


GOOD: Final = Scenario("good", "a success")
EMPTY: Final = (
    Scenario("empty", "a 200 without a body", lambda: response_of(Reply(200))),
    Scenario("204", "a 204", lambda: response_of(Reply(204))),
)
PAGE: Final = Scenario(
    "page",
    "a page of HTML behind a 200",
    lambda: response_of(Reply(200, body=_PAGE, headers=_HTML)),
)
PARTLY: Final = Scenario(
    "207",
    "a 207",
    lambda: response_of(Reply(207, json={"results": [], "errors": [{"index": 0, **_SAID}]})),
)


def _page(status: int, **headers: str) -> Scenario:
    reply = Reply(status, body=_PAGE, headers={**_HTML, **headers})
    return Scenario(f"{status} page", f"a {status} and a page", lambda: response_of(reply))


REDIRECTS: Final = tuple(
    _refusal(status, Location="https://elsewhere.example/") for status in (302, 308)
)
MALFORMED: Final = (*map(_refusal, (400, 413, 422)), _page(400))
ABSENT: Final = tuple(map(_refusal, (404, 410)))
CONFLICT: Final = _refusal(409)
REFUSED: Final = _refusal(401)
FORBIDDEN: Final = _refusal(403)
THROTTLED: Final = _refusal(429)
THROTTLED_UNTIL: Final = Scenario(
    "429 later",
    "a 429 with Retry-After",
    lambda: response_of(
        Reply(429, json=_SAID, headers={"Retry-After": f"{RETRY_AFTER.total_seconds():.0f}"})
    ),
)
THROTTLED_BY_DATE: Final = Scenario(
    "429 date",
    "a 429 whose Retry-After is a date",
    lambda: response_of(
        Reply(429, body=_PAGE, headers={"Retry-After": "Fri, 01 May 2099 12:00:00 GMT"})
    ),
)
BROKEN: Final = (_refusal(500), _refusal(502), _page(504))
UNAVAILABLE: Final = _refusal(503)
LATE: Final = Scenario("late", "no answer in time", late)
RESET: Final = Scenario("reset", "a connection that breaks", reset)
CUT_OFF: Final = Scenario("cut off", "a body that ends early", cut_off)
