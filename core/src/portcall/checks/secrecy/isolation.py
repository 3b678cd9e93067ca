"""PC410 to PC419: customers kept apart, and secrets kept in."""

from __future__ import annotations

import ast
from base64 import b64decode
from collections.abc import Iterator, Mapping
from functools import partial
from re import findall
from typing import Any, Final

import attrs

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.played import Answer, Seen
from portcall.checks.probing.stage import Stage, stage_of
from portcall.checks.samples import secrets_of
from portcall.checks.subject import Subject
from portcall.connection import Connection
from portcall.errors import PortcallError
from portcall.fields import Field
from portcall.model.auth import Auth
from portcall.secret import Secret

_CONNECTION: Final = Needs.CONNECTION
_OTHER: Final = Auth(
    access_token=Secret("other-access-token-19d2"),
    refresh_token=Secret("other-refresh-token-e7a4"),
    token_secret=Secret("other-token-secret-c05b"),
)
_LONGEST: Final = 100_000
_SHORTEST: Final = 6
"""A shorter secret stands in many texts by chance."""


@as_check(
    "PC410",
    "customers-apart",
    Severity.ERROR,
    "No request carries the credentials of another connection.",
    needs=_CONNECTION,
)
def apart(subject: Subject) -> Iterator[Finding]:
    """One process serves many customers, in turn and at the same time.

    A token or setting in a variable of the module goes out with the requests of the next customer.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        first, second = _pair(stage)
        if first is None or second is None:
            return
        if _mixes(stage, mode, first, second):
            text = f"{mode} sends the credentials of one connection with the request of another"
            advice = "keep nothing in the module: settings and auth are arguments of every hook"
            yield apart.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC411",
    "module-state",
    Severity.BEFORE_PUBLISHING,
    "No function rebinds a global.",
    needs=Needs.SOURCES,
)
def stateless(subject: Subject) -> Iterator[Finding]:
    """Hooks and actions run in many threads, for many customers.

    All of them see what a function writes into a global. A connection's own state belongs to
    ``portcall.Auth``, and what is the same for all is a constant.
    """
    for source in subject.sources:
        for node in source.nodes:
            if isinstance(node, ast.Global):
                text = f"a function rebinds the global {', '.join(node.names)}"
                advice = "pass it as an argument, or keep it in Auth.state"
                yield stateless.finding(text, advice, source.at(node))


@as_check(
    "PC412",
    "secrets-in-logs",
    Severity.ERROR,
    "No secret is logged or printed.",
    needs=_CONNECTION,
)
def unlogged(subject: Subject) -> Iterator[Finding]:
    """Logs go to places that the customer does not know.

    A ``portcall.Secret`` shows as ``***``; an f-string, or ``reveal()``, writes its value.
    """
    stage = stage_of(subject)
    secrets = _secrets(stage.connect())
    for mode in stage.working:
        stage.good(mode)
    for (name, _), trial in stage.trials.items():
        told = _plain("\n".join([trial.logged, trial.printed, *trial.warned]))
        if any(secret in told for secret in secrets):
            text = f"{name} writes a secret to a log or to the terminal"
            yield unlogged.finding(
                text, "log the Secret itself, which shows as ***", _place(stage, name)
            )
            return


@as_check(
    "PC413",
    "secrets-in-urls",
    Severity.SUGGESTION,
    "No secret is part of a URL.",
    needs=_CONNECTION,
)
def unaddressed(subject: Subject) -> Iterator[Finding]:
    """URLs end up in the logs of proxies and servers.

    Most APIs take a key in a header as well; where this one does not, accept the finding with that as the
    reason.
    """
    stage = stage_of(subject)
    secrets = _secrets(stage.connect())
    for mode in stage.working:
        for seen in stage.good(mode).seen:
            target = "\n".join([*seen.segments, *(v for pair in seen.query for v in pair)])
            if any(secret in target for secret in secrets):
                text = f"{mode} sends a secret as part of the URL"
                yield unaddressed.finding(text, "send it in a header", stage.place_of(mode))
                return


@as_check(
    "PC414",
    "secrets-in-identities",
    Severity.ERROR,
    "An identity holds no secret.",
    needs=_CONNECTION,
)
def unnamed(subject: Subject) -> Iterator[Finding]:
    """The identity is shown to people, and stored with the connection.

    It names an account, a user or an address, and never a key.
    """
    stage = stage_of(subject)
    if stage.destination.stack.implements("test_authentication"):
        secrets = _secrets(stage.connect())
        identity = stage.test().returned
        if isinstance(identity, str) and any(secret in identity for secret in secrets):
            text = "test_authentication returns a secret as the identity"
            advice = "return the account's name or address"
            yield unnamed.finding(text, advice, stage.place_of_hook("test_authentication"))


@as_check(
    "PC415",
    "secrets-in-choices",
    Severity.ERROR,
    "What a plugin keeps or shows of a mapping holds no secret.",
    needs=_CONNECTION,
)
def unsaved(subject: Subject) -> Iterator[Finding]:
    """Texts of outcomes, errors and ``choices`` are stored in files and shown to people.

    portcall masks the secrets that it knows in outcomes and errors; it cannot know values that a plugin
    makes itself.
    """
    stage = stage_of(subject)
    secrets = _secrets(stage.connect())
    for action in stage.destination.stack.actions():
        for field in action.fields:
            if action.aside(f"choices {field.name}") is None:
                continue
            key = f"choices for {field.name} of {action.name}"
            trial = stage.trials.get((key, "good"), Trial())
            if any(secret in f"{trial.returned}" for secret in secrets):
                text = f"the choices for {field.name!r} of action {action.name!r} show a secret"
                yield unsaved.finding(
                    text, "list names and ids only", subject.place_of_action(action)
                )


def _mixes(stage: Stage, mode: Mode, first: Connection, second: Connection) -> bool:
    """Deliver for two connections in turn, and for one while a request of the other is under way."""
    events, good = stage.events(mode), stage.script(mode)
    ours, theirs = _own(first, second), _own(second, first)
    for connection, foreign in ((first, theirs), (second, ours), (first, theirs)):
        trial = stage.observe(partial(stage.deliver, mode, events, connection), good)
        if _carries(trial.seen, foreign):
            return True
    nested: list[Seen] = []

    def script(seen: Seen) -> Answer:
        if not nested:
            nested.append(seen)
            stage.played.script = good
            before, stage.played.seen = stage.played.seen, []
            stage.deliver(mode, events, second)
            nested.extend(stage.played.seen)
            stage.played.seen = before
        return good(seen)

    trial = stage.observe(partial(stage.deliver, mode, events, first), script)
    return _carries(trial.seen, theirs) or _carries(tuple(nested[1:]), ours)


def _pair(stage: Stage) -> tuple[Connection | None, Connection | None]:
    """Return connections of two customers; None where no second one can be made up."""
    settings = {f.name: _another(f, v) for f, v in _given(stage)}
    try:
        return stage.connect(), stage.connect({**stage.subject.settings, **settings}, _OTHER)
    except PortcallError:
        pass
    try:
        return stage.connect(), stage.connect(auth=_OTHER)
    except PortcallError:
        return None, None


def _given(stage: Stage) -> Iterator[tuple[Field, Any]]:
    for field in stage.destination.fields:
        if field.name in stage.subject.settings:
            yield field, stage.subject.settings[field.name]


def _another(field: Field, value: Any) -> Any:
    if isinstance(value, str) and field.kind == "secret":
        return _changed(value)
    if isinstance(value, Mapping) and field.item is not None and field.item.kind == "secret":
        return {name: _changed(f"{each}") for name, each in value.items()}
    return value


def _changed(secret: str) -> str:
    """Return a secret of the same form that holds nothing of the first one whole."""
    return secret.replace("sample", "second") if "sample" in secret else secret[1:] + secret[:1]


def _own(connection: Connection, other: Connection) -> list[str]:
    """Return the secrets of one connection that are no part of another's."""
    known = "\n".join(_secrets(other))
    return [secret for secret in _secrets(connection) if secret not in known]


def _secrets(connection: Connection) -> list[str]:
    held = [*secrets_of(connection.settings), *secrets_of(_tokens(connection.auth))]
    return [each.reveal() for each in held if len(each.reveal()) >= _SHORTEST]


def _tokens(auth: Auth) -> list[Any]:
    return [
        getattr(auth, a.name) for a in attrs.fields(Auth) if a.name.endswith(("token", "secret"))
    ]


def _carries(seen: tuple[Seen, ...], secrets: list[str]) -> bool:
    return any(secret in _decoded(each) for each in seen for secret in secrets)


def _decoded(seen: Seen) -> str:
    """Return the text of a request, and what stands in it in base64."""
    return _plain("\n".join([seen.text, *seen.segments]))


def _plain(text: str) -> str:
    """Return *text* with what stands in it in base64."""
    for part in findall(r"[A-Za-z0-9+/]{12,}={0,2}", text[:_LONGEST]):
        try:
            text += b64decode(part).decode("utf-8", "replace")
        except ValueError:
            continue
    return text


def _place(stage: Stage, name: str) -> tuple[str | None, int | None]:
    mode = next((mode for mode in stage.modes if str(mode) == name), None)
    return stage.place_of(mode) if mode is not None else stage.place_of_hook(name)


ISOLATION: Final = (apart, stateless, unlogged, unaddressed, unnamed, unsaved)
