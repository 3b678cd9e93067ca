"""PC530 to PC539: authorization by a person, from the page that they are sent to to the first token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.played import TOKEN_ANSWER, response_of
from portcall.checks.probing.stage import Stage, said, stage_of
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.errors import PortcallError
from portcall.model.auth import Auth, Authorization

_CONNECTION: Final = Needs.CONNECTION
_BEGIN: Final = "begin_authorization"
_FINISH: Final = "finish_authorization"
_REDIRECT: Final = "http://127.0.0.1:8914/callback"


@as_check(
    "PC530",
    "consent-page",
    Severity.ERROR,
    "A person is sent to an https page with a state.",
    needs=_CONNECTION,
)
def sent_to(subject: Subject) -> Iterator[Finding]:
    """The page is the destination's own, over https.

    ``state`` ties the answer to this authorization (RFC 6749 §10.12): without it another site can have its
    own account connected in a person's name.
    """
    stage = _consenting(subject)
    if stage is None:
        return
    trial = _begun(stage)
    if trial.error is not None:
        text = f"{_BEGIN} fails: {said(trial)}"
        yield sent_to.finding(text, "fix what the error names", stage.place_of_hook(_BEGIN))
        return
    page = urlsplit(trial.returned.url)
    query = dict(parse_qsl(page.query))
    if page.scheme != "https":
        text, advice = f"{_BEGIN} sends a person to a page without https", "use https"
    elif not query.get("state") and not trial.seen:
        text = f"{_BEGIN} sends a person to a page without a state"
        advice = (
            "add state=secrets.token_urlsafe(32), keep it in pending, and compare it at the end"
        )
    elif query.get("state") and query["state"] == _state(_begin(stage).returned):
        text = f"{_BEGIN} sends every person to a page with the same state"
        advice = "make a state for each: state=secrets.token_urlsafe(32)"
    elif query.get("redirect_uri", _REDIRECT) != _REDIRECT:
        text, advice = f"{_BEGIN} does not use the redirect_url that it is given", "use it"
    else:
        return
    yield sent_to.finding(text, advice, stage.place_of_hook(_BEGIN))


@as_check(
    "PC531",
    "consent-compared",
    Severity.ERROR,
    "An answer with another state is refused.",
    needs=_CONNECTION,
)
def compared(subject: Subject) -> Iterator[Finding]:
    """An answer with another state belongs to another authorization, or to an attack.

    Such an answer is refused before its code is used (RFC 6749 §10.12).
    """
    stage = _consenting(subject)
    begun = _begun(stage).returned if stage is not None else None
    if stage is None or not isinstance(begun, Authorization) or not _state(begun):
        return
    trial = _finished(stage, begun, f"{_REDIRECT}?code=sample-code-77&state=another")
    if trial.error is None or any(seen.asks_for_token for seen in trial.seen):
        text = f"{_FINISH} takes an answer with another state"
        advice = "compare it: hmac.compare_digest(state, reveal(pending['state']))"
        yield compared.finding(text, advice, stage.place_of_hook(_FINISH))


@as_check(
    "PC532",
    "consent-denied",
    Severity.ERROR,
    "A person who declines causes an error of portcall.",
    needs=_CONNECTION,
)
def denied(subject: Subject) -> Iterator[Finding]:
    """A person who declines comes back with ``error=access_denied`` and no code (RFC 6749 §4.1.2.1).

    An error of portcall says so, where a ``KeyError`` would show a traceback.
    """
    stage = _consenting(subject)
    begun = _begun(stage).returned if stage is not None else None
    if stage is None or not isinstance(begun, Authorization):
        return
    back = f"{_REDIRECT}?error=access_denied&state={quote(_state(begun))}"
    trial = _finished(stage, begun, back)
    if trial.error is None or not isinstance(trial.error, PortcallError):
        text = f"{_FINISH}, after a person declined, ends in {said(trial)}"
        advice = "raise AuthenticationError where the answer has an error, or no code"
        yield denied.finding(text, advice, stage.place_of_hook(_FINISH))


@as_check(
    "PC533",
    "consent-given",
    Severity.ERROR,
    "A person who agrees is connected.",
    needs=_CONNECTION,
)
def given(subject: Subject) -> Iterator[Finding]:
    """The code that came back is exchanged for the first credentials.

    The exchange goes to the token endpoint, with the redirect URL of this authorization.
    """
    stage = _consenting(subject)
    begun = _begun(stage).returned if stage is not None else None
    if stage is None or not isinstance(begun, Authorization):
        return
    trial = _finished(stage, begun, f"{_REDIRECT}?code=sample-code-77&state={quote(_state(begun))}")
    auth = trial.returned
    if trial.error is not None or not isinstance(auth, Auth) or not auth.access_token:
        text = f"{_FINISH} has no token, although it is answered with one: {said(trial)}"
        advice = "turn the answer into credentials with token_response(response, auth)"
        yield given.finding(text, advice, stage.place_of_hook(_FINISH))


def _consenting(subject: Subject) -> Stage | None:
    stage = stage_of(subject)
    if not stage.implements(_BEGIN):
        return None
    return stage if _begun(stage).returned is not None or _begun(stage).error is not None else None


def _begun(stage: Stage) -> Trial:
    return stage.memo(_BEGIN, lambda: _begin(stage))


def _begin(stage: Stage) -> Trial:
    work = lambda: stage.connect().begin_authorization(_REDIRECT)  # noqa: E731
    answer = response_of(
        Reply(json={**TOKEN_ANSWER, "request_uri": "urn:sample", "expires_in": 60})
    )
    return stage.observe(work, lambda _: answer)


def _finished(stage: Stage, begun: Authorization, back: str) -> Trial:
    answer = response_of(Reply(json=TOKEN_ANSWER))
    work = lambda: stage.connect().finish_authorization(begun.pending, back)  # noqa: E731
    return stage.observe(work, lambda _: answer)


def _state(begun: Authorization) -> str:
    return dict(parse_qsl(urlsplit(begun.url).query)).get("state", "")


CONSENT: Final = (sent_to, compared, denied, given)
