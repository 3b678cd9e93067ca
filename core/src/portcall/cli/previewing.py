"""What an action would send: every request is composed and signed, none leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from portcall.cli.output import write, write_json
from portcall.cli.showing import as_json, as_text
from portcall.cli.state import State
from portcall.client import Client
from portcall.connection import Connection
from portcall.model import Headers, Request, Response

if TYPE_CHECKING:
    from portcall.actions import Action

SHOWN: Final = 3
MOST_REQUESTS: Final = 20
_ANSWER: Final = Response(
    status=200, headers=Headers([("content-type", "application/json")]), body=b"{}"
)


class _EnoughError(BaseException):
    """An action that waits for an answer with something in it would ask for ever."""


class Previewer:
    """Performs an action without sending: shows the first events' requests, or all as JSON lines.

    Args:
        connection: Composes and signs.
        action: What is to be done with each event.
        state: For redaction.
        as_json: Write every request as one line of JSON.
    """

    def __init__(
        self, connection: Connection, action: Action, state: State, *, as_json: bool
    ) -> None:
        self._connection: Final = connection
        self._action: Final = action
        self._state: Final = state
        self._as_json: Final = as_json
        self._events = 0

    def perform(self, event: Mapping[str, Any]) -> None:
        """Show what one event would be sent as.

        An action that needs the answer to go on is shown up to there.

        Raises:
            SettingsError: The payload made of the event is not what the action takes.
        """
        payload = self._action.read(event)
        made: list[Request] = []

        def send(request: Request, _: bool) -> Response:
            made.append(self._connection.preview(request, payload))
            if len(made) >= MOST_REQUESTS:
                raise _EnoughError
            return _ANSWER

        settings, auth = self._connection.settings, self._connection.auth
        try:
            self._action.perform(Client(send), payload, settings, auth, event)
        except (Exception, _EnoughError):
            if not made:
                raise
        self._events += 1
        for request in made:
            self._show(request)

    def finish(self) -> None:
        """Say how many events were not shown."""
        if self._events > SHOWN:
            write(f"... and {self._events - SHOWN} events more; --json shows all\n")

    def _show(self, request: Request) -> None:
        if self._as_json:
            write_json(as_json(request, self._state), self._state, indent=None)
        elif self._events <= SHOWN:
            write(f"{as_text(request, self._state)}\n")
