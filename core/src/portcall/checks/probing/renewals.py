"""Asking a plugin for fresh credentials, as a connection does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from portcall.checks.probing.observing import Trial
from portcall.checks.probing.played import TOKEN_ANSWER, response_of
from portcall.checks.probing.stage import Stage, stage_of
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.credentials.merging import merge
from portcall.model.auth import Auth
from portcall.requests.client import Client


def renews(stage: Stage) -> bool:
    """Whether there are credentials that can be renewed by a request."""
    if not stage.destination.stack.implements("refresh_access_token"):
        return False
    found = renewal(stage)
    return found.returned is not None or found.error is not None


def renew(stage: Stage) -> Auth | None:
    """Ask for fresh credentials, as a connection does; return them, with what they do not mention."""
    connection = stage.connect()
    got: list[Auth] = []

    def grant(client: Client, settings: Any, auth: Auth, _: object) -> Auth:
        fresh = stage.destination.stack.refresh_access_token(client, settings, auth)
        if fresh is None:
            return auth
        got.append(merge(fresh, auth, datetime.now(UTC)))
        return got[0]

    connection.authorize(grant)
    return got[0] if got else None


def renewal(stage: Stage, tokens: Mapping[str, object] = TOKEN_ANSWER) -> Trial:
    """Run ``refresh_access_token``, answered with tokens under whatever names the plugin looks for."""
    name = "refresh_access_token"
    shape, trial = stage.learn(
        name, partial(renew, stage), lambda t: t.error is None, tokens=TOKEN_ANSWER
    )
    if tokens is TOKEN_ANSWER:
        return trial
    body = shape.body()
    named = body if isinstance(body, dict) else {}
    return renewal_with(stage, Reply(json={**named, **tokens}))


def renewal_body(stage: Stage) -> Mapping[str, object]:
    """Return an answer with a token that the plugin understands."""
    body = stage.learned["refresh_access_token"][0].body()
    return {**(body if isinstance(body, dict) else {}), **TOKEN_ANSWER}


def renewal_with(stage: Stage, reply: Reply) -> Trial:
    """Run ``refresh_access_token``, answered with *reply*."""
    key = ("refresh_access_token", f"{reply}")
    if key not in stage.trials:
        stage.trials[key] = stage.observe(partial(renew, stage), lambda _: response_of(reply))
    return stage.trials[key]


def renewed(subject: Subject, *, itself: bool = True) -> Stage | None:
    """Return the stage of a plugin that renews credentials, *itself* or by its scheme."""
    stage = stage_of(subject)
    return (
        stage
        if renews(stage) and (not itself or stage.implements("refresh_access_token"))
        else None
    )


def returned_auth(stage: Stage) -> Auth | None:
    """Return what a refresh comes to whose answer brings an access token only."""
    returned = renewal(stage).returned
    return returned if isinstance(returned, Auth) else None
