"""One plugin on a stage: connected inside this process, asked for anything, its trials remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import attrs

from portcall.checks.finding import NOWHERE, Place
from portcall.checks.probing.invented import event_of, mapping_of
from portcall.checks.probing.modes import Mode, modes_of, payloads_for
from portcall.checks.probing.observing import Trial, modules_of, observe
from portcall.checks.probing.played import (
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
from portcall.delivery.engine import deliver
from portcall.delivery.plan import Plan
from portcall.delivery.retry import Retry
from portcall.model.auth import Auth
from portcall.raised import text_of
from portcall.secret import Secret

CLIENT: Final = Auth(
    client_id="sample-client-4d1b", client_secret=Secret("sample-client-secret-90f3")
)
_T = TypeVar("_T")
_ONCE: Final = Retry(attempts=1, random=lambda: 0.0)
_OURS: Final = __file__.rpartition("/checks/")[0]


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
        self._memos: Final[dict[str, Any]] = {}
        self.learned: Final[dict[str, tuple[Shape, Trial]]] = {}
        self._payloads: Final[dict[str, list[dict[str, Any]]]] = {}
        self._saved: Final[dict[str, Shape]] = {}
        self._plans: Final[dict[Mode, Plan]] = {}

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """Every way in which its actions can be run."""
        modes = [mode for each in self.destination.stack.actions() for mode in modes_of(each)]
        return tuple(sorted(modes, key=lambda mode: mode.batched))

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
            self._payloads[name] = payloads_for(mode.action)
        return self._payloads[name][: mode.count] or None

    def events(self, mode: Mode) -> list[dict[str, Any]]:
        """Return made-up events for a mode."""
        payloads = self.payloads(mode) or []
        return [
            event_of(each, number, kind=mode.kind, leaves=mode.leaves)
            for number, each in enumerate(payloads)
        ]

    def deliver(
        self,
        mode: Mode,
        events: list[dict[str, Any]],
        connection: Connection | None = None,
        retry: Retry = _ONCE,
        salt: bytes = b"",
    ) -> tuple[Any, ...]:
        """Deliver events as an application does; return the outcomes."""
        saved = self._saved.get(str(mode), Shape()).body() if "saved" in mode.callee.names else None
        plan = attrs.evolve(self._plan(mode), retry=retry, salt=salt, saved=saved)
        return tuple(deliver(plan, (connection or self.connect()).channel(), events))

    def _plan(self, mode: Mode) -> Plan:
        if mode not in self._plans:
            self._plans[mode] = Plan.of(
                mode.action,
                mapping=mapping_of(mode.action),
                subscribe="",
                sync_mode=mode.sync_mode,
                batched=mode.batched,
            )
        return self._plans[mode]

    def trial(self, mode: Mode, scenario: Scenario) -> Trial:
        """Run an action in one scenario, once for all checks that look at it."""
        key = (str(mode), scenario.name)
        if key not in self.trials:
            script = self.script(mode, scenario)
            self.trials[key] = self.observe(lambda: self.deliver(mode, self.events(mode)), script)
        return self.trials[key]

    def replied(self, mode: Mode, number: int, reply: Reply) -> Trial:
        """Run an action with one of the replies that its author passed."""
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
        """Return what comes of an action whose requests are answered with success; nothing without events."""
        if self.payloads(mode) is None:
            return Trial()
        if self.given(mode.action.name) is not None:
            return self.trial(mode, GOOD)
        return self._learn(mode)[1]

    def works(self, mode: Mode) -> bool:
        """Whether made-up events are delivered; if not, other answers say nothing about the action."""
        trial = self.good(mode)
        return trial.raised is None and bool(trial.seen) and _is_delivered(trial)

    @cached_property
    def working(self) -> tuple[Mode, ...]:
        """The modes in which made-up events are delivered."""
        return tuple(mode for mode in self.modes if self.works(mode))

    def given(self, name: str) -> Answer | None:
        """Return the first success among the replies that the author passed for an action or hook."""
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
        if name not in self.learned:

            def run(shape: Shape) -> Trial:
                self._saved[name] = shape  # what on_save returned is as unknown as an answer
                body = shape.body(count)
                if tokens is not None:
                    body = {**(body if isinstance(body, dict) else {}), **tokens}
                answer = response_of(Reply(json=body))
                everywhere = None if tokens is None else (lambda _: answer)
                return self.observe(work, with_tokens(lambda _: answer, everywhere))

            self.learned[name] = learn(run, is_good, lambda trial: trial.raised, self._guesses)
            self.trials[name, GOOD.name] = self.learned[name][1]
            self._saved[name] = self.learned[name][0]
        return self.learned[name]

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
