"""One plugin on a stage: connected inside this process, asked for anything, its trials remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import attrs

from portcall.actions import Action
from portcall.actions.callee import Callee
from portcall.checks.check import NOWHERE, Place
from portcall.checks.probing.invented import event_of, mapping_of, payload_of
from portcall.checks.probing.observing import Trial, modules_of, observe
from portcall.checks.probing.played import (
    TOKEN_ANSWER,
    Answer,
    Played,
    Script,
    response_of,
    with_tokens,
)
from portcall.checks.probing.scenarios import GOOD, Scenario
from portcall.checks.probing.shapes_learned import Shape, learn, names_in
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.connection import Connection
from portcall.credentials.merging import merge
from portcall.delivery import Plan, Retry, deliver
from portcall.model import Auth
from portcall.raised import text_of
from portcall.requests.client import Client
from portcall.secret import Secret

CLIENT: Final = Auth(
    client_id="sample-client-4d1b", client_secret=Secret("sample-client-secret-90f3")
)
_T = TypeVar("_T")
_ONCE: Final = Retry(attempts=1, random=lambda: 0.0)
_OURS: Final = __file__.rpartition("/checks/")[0]


@attrs.frozen
class Mode:
    """One way to run an action: event by event, or in batches.

    Args:
        action: The action.
        batched: Its batch function is called.
    """

    action: Action
    batched: bool

    def __str__(self) -> str:
        name = f"action {self.action.name!r}"
        return f"the batch of {name}" if self.batched else name

    @property
    def callee(self) -> Callee:
        """The author's function."""
        batching = self.action.batching
        return batching.callee if self.batched and batching is not None else self.action.callee

    @property
    def count(self) -> int:
        """How many events it is tried with."""
        batching = self.action.batching
        return min(3, batching.size) if self.batched and batching is not None else 1


class Stage:
    """Runs what a plugin has, with the destination played for it.

    Args:
        subject: The plugin, with settings that it accepts.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject: Final = subject
        self.played: Final = Played()
        self.host: Final = subject.open_host(extras=[self.played], clients={subject.slug: CLIENT})
        self.destination: Final = self.host.destination(subject.slug)
        self.modules: Final = modules_of(subject.module.partition(".")[0], subject.plugin)
        self.trials: Final[dict[tuple[str, str], Trial]] = {}
        self.tried: list[Any] | None = None
        self._memos: Final[dict[str, Any]] = {}
        self._learned: Final[dict[str, tuple[Shape, Trial]]] = {}
        self._payloads: Final[dict[str, list[dict[str, Any]]]] = {}
        self._plans: Final[dict[Mode, Plan]] = {}

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """Every way in which its actions can be run."""
        actions = self.destination.stack.actions()
        single = [Mode(action, batched=False) for action in actions]
        return (*single, *[Mode(each, batched=True) for each in actions if each.batching])

    def connect(
        self, settings: Mapping[str, object] | None = None, auth: Auth | None = None
    ) -> Connection:
        """Open a connection; each has credentials of its own, which may be renewed."""
        return self.destination.connect(
            settings or self.subject.settings, auth or self.subject.auth
        )

    def memo(self, name: str, work: Callable[[], _T]) -> _T:
        """Return what *work* returns, which runs once for each name."""
        if name not in self._memos:
            self._memos[name] = work()
        found: _T = self._memos[name]
        return found

    def observe(self, work: Callable[[], Any], script: Script) -> Trial:
        """Run *work* and keep what it does."""
        return observe(work, self.played, script, self.modules)

    # Actions

    def payloads(self, mode: Mode) -> list[dict[str, Any]] | None:
        """Return payloads that an action takes, one for each event; None if none can be made up."""
        name = mode.action.name
        if name not in self._payloads:
            self._payloads[name] = _taken(mode.action)
        return self._payloads[name][: mode.count] or None

    def events(self, mode: Mode) -> list[dict[str, Any]]:
        """Return made-up events for a mode."""
        payloads = self.payloads(mode) or []
        kind = "delete" if 'type = "delete"' in mode.action.subscribe else "track"
        return [event_of(payload, number, kind=kind) for number, payload in enumerate(payloads)]

    def deliver(
        self,
        mode: Mode,
        events: list[dict[str, Any]],
        connection: Connection | None = None,
        retry: Retry = _ONCE,
        salt: bytes = b"",
    ) -> tuple[Any, ...]:
        """Deliver events as an application does; return the outcomes."""
        plan = attrs.evolve(self._plan(mode), retry=retry, salt=salt)
        return tuple(deliver(plan, (connection or self.connect()).channel(), events))

    def _plan(self, mode: Mode) -> Plan:
        if mode not in self._plans:
            self._plans[mode] = Plan.of(
                mode.action,
                mapping=mapping_of(mode.action),
                subscribe="",
                saved=self.saved(mode.action),
                batched=mode.batched,
            )
        return self._plans[mode]

    def saved(self, action: Action) -> Any:
        """Return what the action's ``on_save`` gives, as far as an action asks for it."""
        if "saved" not in action.arguments:
            return None
        return Shape().body()

    def trial(self, mode: Mode, scenario: Scenario) -> Trial:
        """Run an action in one scenario, once for all checks that look at it."""
        key = (str(mode), scenario.name)
        if key not in self.trials:
            script = self.script(mode, scenario)
            self.trials[key] = self.observe(lambda: self.deliver(mode, self.events(mode)), script)
        return self.trials[key]

    def replied(self, mode: Mode, number: int, reply: Reply) -> Trial:
        """Run an action with one of the replies that its author gave."""
        return self.trial(mode, Scenario(f"given {number}", "", lambda: response_of(reply)))

    def script(self, mode: Mode, scenario: Scenario = GOOD) -> Script:
        """Return what is answered to an action's requests in a scenario."""
        return with_tokens(scenario.script(lambda _: self.good_answer(mode)))

    def good_answer(self, mode: Mode) -> Answer:
        """Return a success that the action understands, as far as one was found."""
        given = self.given(mode.action.name)
        if given is not None:
            return given
        return response_of(Reply(json=self._learn(mode)[0].body(mode.count)))

    def good(self, mode: Mode) -> Trial:
        """Return what comes of an action whose requests are answered with success."""
        if self.given(mode.action.name) is not None:
            return self.trial(mode, GOOD)
        return self._learn(mode)[1]

    def works(self, mode: Mode) -> bool:
        """Whether made-up events are delivered; if not, other answers say nothing about the action."""
        if self.payloads(mode) is None:
            return False
        trial = self.good(mode)
        return trial.raised is None and bool(trial.seen) and _is_delivered(trial)

    @cached_property
    def working(self) -> tuple[Mode, ...]:
        """The modes in which made-up events are delivered."""
        return tuple(mode for mode in self.modes if self.works(mode))

    def given(self, name: str) -> Answer | None:
        """Return the first success among the replies that the author gave for an action or hook."""
        replies = self.subject.answers.get(name, ())
        return next((response_of(each) for each in replies if each.status < 300), None)

    def _learn(self, mode: Mode) -> tuple[Shape, Trial]:
        return self.learn(
            str(mode), lambda: self.deliver(mode, self.events(mode)), _is_delivered, mode.count
        )

    def learn(
        self,
        name: str,
        work: Callable[[], Any],
        is_good: Callable[[Trial], bool],
        count: int = 1,
        tokens: Mapping[str, object] | None = None,
    ) -> tuple[Shape, Trial]:
        """Find an answer that a piece of the plugin understands, once.

        Args:
            name: What is run.
            work: Runs it.
            is_good: Whether the answer was understood.
            count: How long the lists of the answer are.
            tokens: What the answer holds besides, where all requests ask for tokens.
        """
        if name not in self._learned:

            def run(shape: Shape) -> Trial:
                body = shape.body(count)
                if tokens is not None:
                    body = {**(body if isinstance(body, dict) else {}), **tokens}
                answer = response_of(Reply(json=body))
                everywhere = None if tokens is None else (lambda _: answer)
                return self.observe(work, with_tokens(lambda _: answer, everywhere))

            self._learned[name] = learn(run, is_good, lambda trial: trial.raised, self._guesses)
            self.trials[name, GOOD.name] = self._learned[name][1]
        return self._learned[name]

    # Hooks

    def implements(self, hook: str) -> bool:
        """Whether the plugin itself, not its scheme, answers a hook."""
        stack = self.destination.stack
        return stack.implements(hook) and stack.answers(hook, stack.layers[-1])

    @cached_property
    def _guesses(self) -> list[dict[str, int]]:
        return names_in("\n".join(source.text for source in self.subject.sources))

    def ask(self, hook: str, work: Callable[[], Any], scenario: Scenario) -> Trial:
        """Run a hook in one scenario, once for all checks that look at it.

        Args:
            hook: Its name.
            work: Calls it.
            scenario: What is answered.
        """
        key = (hook, scenario.name)
        if key not in self.trials:
            given = self.given(hook)
            if given is None:
                found = self.learn(hook, work, lambda trial: trial.error is None)
                if key in self.trials:
                    return self.trials[key]
                given = response_of(Reply(json=found[0].body()))
            good = given
            self.trials[key] = self.observe(work, with_tokens(scenario.script(lambda _: good)))
        return self.trials[key]

    def test(self, scenario: Scenario = GOOD) -> Trial:
        """Run ``test_authentication``."""
        return self.ask("test_authentication", lambda: self.connect().test(), scenario)

    @cached_property
    def renews(self) -> bool:
        """Whether there are credentials that can be renewed by a request."""
        if not self.destination.stack.implements("refresh_access_token"):
            return False
        found = self.renewal()
        return found.returned is not None or found.error is not None

    def renew(self) -> Auth | None:
        """Ask for fresh credentials, as a connection does; return them, with what they do not mention."""
        connection = self.connect()
        got: list[Auth] = []

        def grant(client: Client, settings: Any, auth: Auth, _: object) -> Auth:
            fresh = self.destination.stack.refresh_access_token(client, settings, auth)
            if fresh is None:
                return auth
            got.append(merge(fresh, auth, datetime.now(UTC)))
            return got[0]

        connection.authorize(grant)
        return got[0] if got else None

    def renewal(self, tokens: Mapping[str, object] = TOKEN_ANSWER) -> Trial:
        """Run ``refresh_access_token``, answered with tokens under whatever names the plugin looks for."""
        name = "refresh_access_token"
        shape, trial = self.learn(name, self.renew, lambda t: t.error is None, tokens=TOKEN_ANSWER)
        if tokens is TOKEN_ANSWER:
            return trial
        body = shape.body()
        named = body if isinstance(body, dict) else {}
        return self.renewal_with(Reply(json={**named, **tokens}))

    def renewal_body(self) -> Mapping[str, object]:
        """Return an answer with a token that the plugin understands."""
        body = self._learned["refresh_access_token"][0].body()
        return {**(body if isinstance(body, dict) else {}), **TOKEN_ANSWER}

    def renewal_with(self, reply: Reply) -> Trial:
        """Run ``refresh_access_token``, answered with *reply*."""
        key = ("refresh_access_token", f"{reply}")
        if key not in self.trials:
            self.trials[key] = self.observe(self.renew, lambda _: response_of(reply))
        return self.trials[key]

    def asked_hooks(self) -> Iterator[tuple[str, Trial]]:
        """Return a run of each hook that sends requests, by its name."""
        if self.destination.stack.implements("test_authentication"):
            yield "test_authentication", self.test()
        if self.destination.stack.implements("refresh_access_token"):
            yield "refresh_access_token", self.renewal()

    # Places

    def place_of(self, mode: Mode) -> Place:
        """Return where the function of an action, or of its batch, begins."""
        place = self.subject.place_of_action(mode.action)
        return (
            place if not mode.batched else _own(self.subject.place_of(mode.callee.function), place)
        )

    def place_of_hook(self, hook: str) -> Place:
        """Return where the plugin's own hookimpl begins."""
        return _own(self.subject.place_of(getattr(self.subject.plugin, hook, None)), NOWHERE)


def _own(place: Place, otherwise: Place) -> Place:
    """Return a place in the plugin; a destination file is run by code of portcall's own."""
    return otherwise if place[0] is None or place[0].startswith(_OURS) else place


def _taken(action: Action) -> list[dict[str, Any]]:
    read = action.reader(mapping_of(action))
    for full in (True, False):
        payloads = [payload_of(action, number, full=full) for number in range(3)]
        try:
            for number, payload in enumerate(payloads):
                read(event_of(payload, number))
        except Exception:  # noqa: BLE001, S112  # code of the payload's class may raise anything
            continue
        return payloads
    return []


def _is_delivered(trial: Trial) -> bool:
    outcomes = trial.outcomes
    return bool(outcomes) and all(each.kind in {"delivered", "skipped"} for each in outcomes)


_STAGES: Final[WeakKeyDictionary[Subject, Stage]] = WeakKeyDictionary()


def stage_of(subject: Subject) -> Stage:
    """Return the stage of a plugin, made when it is first asked for."""
    if subject not in _STAGES:
        _STAGES[subject] = Stage(subject)
    return _STAGES[subject]


def said(trial: Trial) -> str:
    """Return what a run came to, in a few words."""
    error = trial.raised
    if error is not None:
        notes = [note for note in getattr(error, "__notes__", ()) if ".py:" in str(note)]
        where = f" ({notes[0]})" if notes else ""
        return f"{type(error).__name__}: {text_of(error)}"[:300] + where
    return ", ".join(dict.fromkeys(each.kind for each in trial.outcomes)) or repr(trial.returned)


def reasons(trial: Trial) -> Iterator[str]:
    """Return every text that tells why something was not done."""
    for outcome in trial.outcomes:
        yield outcome.reason
    error = trial.error
    while error is not None:
        yield text_of(error)
        error = error.__cause__ or error.__context__
