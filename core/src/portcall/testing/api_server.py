"""A destination's API on a peer, with the answers that its documentation shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import attrs

from portcall.actions.action import Action
from portcall.checks.reply import Reply
from portcall.connection import Connection
from portcall.errors import PluginLoadError
from portcall.host import Host
from portcall.model.auth import Auth
from portcall.model.opaque import EMPTY
from portcall.plugins.files import load_python_file
from portcall.testing.messages import Answer, Received
from portcall.testing.peer import Peer
from portcall.testing.stand_in import StandInHost


@attrs.frozen
class DocumentedAnswer:
    """One answer that an API documents, and what becomes of the events that are answered so.

    Args:
        title: What the answer is about: ``"throttled"``.
        action: Name of the action that the events are delivered with.
        route: Method and path of the requests that are answered so: ``"POST /v1/events"``.
        answer: The reply; a sequence of replies for requests one after the other, the last of which stays.
        outcomes: Kind of the outcome of each event, in order: ``["delivered", "rejected"]``. As many
            events are delivered.
        reason: A text that the reason of each event has that was not delivered.
        settings: What these events' connection has in place of the stand-in's own settings.
        mapping: What these events' mapping has in place of the fields' defaults.
        event: What these events have in place of the action's own event.
    """

    title: str
    action: str
    route: str
    answer: Answer | Sequence[Answer]
    outcomes: Sequence[str]
    reason: str = ""
    settings: Mapping[str, Any] = attrs.field(default=EMPTY, kw_only=True)
    mapping: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)
    event: Mapping[str, Any] = attrs.field(default=EMPTY, kw_only=True)


class ApiStandIn:
    """A destination's API for tests: it verifies the credentials, and answers after its documentation.

    An instance is what ``--stand-in FILE`` looks for under the name ``stand_in``.

    Args:
        hosts: What the destination talks to, as in ``allowed_hosts``: ``["api.acme.example"]``.
        settings: Values that a connection is made with; several, by a label each, where an API has several
            ways to sign in: the first are the usual ones.
        signed_in: Returns whether a request has the right credentials.
        stranger: The answer to wrong credentials; None for an API that answers them like right ones.
        answers: The answers to requests with the right credentials, by method and path.
        events: An event for each action, which the action's filter and default mapping take.
        documented: The answers other than success.
        auth: Credentials of a connection beside its settings: ``access_token``, ``refresh_token``,
            ``client_id``, ``client_secret``.
        mappings: What an operator chooses, by the name of the action: values of fields without a default,
            which are laid over the defaults of the others.
        only: The actions that a way of signing in has, by its label; all of them, if it is left out.

    Attributes:
        is_blind: The API answers wrong credentials like right ones.

    Example::

        stand_in = ApiStandIn(
            hosts=["api.acme.example"],
            settings={"API key": {"api_key": "key-1a2b3c4d"}},
            signed_in=lambda request: request.headers.get("X-Api-Key") == "key-1a2b3c4d",
            stranger=Reply(401, json={"error": "unknown key"}),
            answers={
                "GET /me": Reply(json={"name": "Ada"}),
                "POST /events": Reply(202),
            },
            events={"record": {"type": "track", "event": "Order Completed"}},
            documented=[
                DocumentedAnswer("throttled", "record", "POST /events", Reply(429), ["retry"]),
            ],
        )
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        settings: Mapping[str, Mapping[str, Any]],
        signed_in: Callable[[Received], bool],
        stranger: Answer | None,
        answers: Mapping[str, Answer],
        events: Mapping[str, Mapping[str, Any]],
        documented: Sequence[DocumentedAnswer] = (),
        auth: Mapping[str, Any] = EMPTY,
        mappings: Mapping[str, Mapping[str, Any]] = EMPTY,
        only: Mapping[str, Sequence[str]] = EMPTY,
    ) -> None:
        self.hosts: Final = hosts
        self.settings: Final = settings
        self.events: Final = events
        self.documented: Final = documented
        self.auth: Final = auth
        self.mappings: Final = mappings
        self.only: Final = only
        self.is_blind: Final = stranger is None
        self._signed_in: Final = signed_in
        self._stranger: Final = stranger
        self.answers: Final = answers

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return what a file has under the name ``stand_in``.

        Args:
            path: A Python file.

        Raises:
            PluginLoadError: The file cannot be run, or has no such thing.
        """
        found = getattr(load_python_file(path), "stand_in", None)
        if not isinstance(found, cls):
            raise PluginLoadError(f"{path} has no stand_in = {cls.__name__}(...)")
        return found

    def __call__(self, host: StandInHost) -> Peer:
        """Lead the API's hosts to a peer that answers every request.

        Args:
            host: Closes the peer with itself.

        Returns:
            The peer.
        """
        peer = host.stand_in(self.hosts[0])
        for each in self.hosts[1:]:
            host.stand_in(each, peer)
        for route, answer in self.answers.items():
            self.route(peer, route, answer)
        peer.otherwise(self._otherwise)
        return peer

    def connect(self, host: Host, slug: str, /, **settings: Any) -> Connection:
        """Return a connection with the stand-in's own settings and credentials.

        Args:
            host: Where the stand-in was called with.
            slug: The destination's.
            settings: What it has in place of the stand-in's own settings; a ``method`` among them replaces
                all of these.
        """
        usual = next(iter(self.settings.values()))
        given = settings if "method" in settings else {**usual, **settings}
        return host.destination(slug).connect(given, Auth(**self.auth))

    def mapping(self, action: Action) -> Mapping[str, Any] | None:
        """Return the mapping that the stand-in's events need; None for the action's own.

        Args:
            action: One of the destination's.
        """
        chosen = self.mappings.get(action.name)
        if chosen is None:
            return None
        return {**{f.name: f.default_mapping for f in action.fields if f.default_mapping}, **chosen}

    def route(self, peer: Peer, route: str, *answers: Answer) -> None:
        """Set the answers to requests with the right credentials; they replace what was set before.

        Args:
            peer: What calling the stand-in returned.
            route: Method and path: ``"POST /events"``.
            answers: One for each request, in order; the last one stays.
        """
        method, _, path = route.partition(" ")
        peer.route(method, path, *[self._guarded(answer) for answer in answers])

    def _guarded(self, answer: Answer) -> Answer:
        def guarded(request: Received) -> Reply:
            if self._stranger is None or self._signed_in(request):
                return _reply(answer, request)
            return _reply(self._stranger, request)

        return guarded

    def _otherwise(self, request: Received) -> Reply:
        if self._stranger is not None and not self._signed_in(request):
            return _reply(self._stranger, request)
        known = ", ".join(self.answers)
        return Reply(404, json={"error": f"no answer to {request.method} {request.path}; {known}"})


def _reply(answer: Answer, request: Received) -> Reply:
    return answer(request) if callable(answer) else answer
