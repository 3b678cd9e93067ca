"""What a delivery would send, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from portcall.cli.state import State
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.cli.terminal.request_text import as_text
from portcall.connection import Connection
from portcall.delivery.delivery import Delivery
from portcall.previews.shown_requests import shown_requests
from portcall.previews.stage import Call, rehearse

if TYPE_CHECKING:
    from portcall.runs.pipelines.planning import PlannedSubscription

SHOWN: Final = 3
LONGEST_TEXT: Final = 4_000


class Rehearsal:
    """Shows what a delivery would send: the first calls as HTTP has them, or all as JSON lines.

    Args:
        connection: Composes and signs.
        state: For redaction.
        shown: How many calls are shown to a person.
        as_json: Write every request as one line of JSON, with the name of its subscription.
    """

    def __init__(
        self, connection: Connection, state: State, shown: int = SHOWN, *, as_json: bool = False
    ) -> None:
        state.remember(connection.settings, connection.auth)
        self._connection: Final = connection
        self._state: Final = state
        self._most: Final = shown
        self._as_json: Final = as_json
        self._calls = 0
        self._hidden = 0

    def outcomes(
        self, planned: PlannedSubscription, events: Iterable[Mapping[str, Any]]
    ) -> Delivery:
        """Return the outcome of each event, as `rehearse` does, and show requests on the way."""

        def show(call: Call) -> None:
            self._show(call, planned)

        return rehearse(self._connection, planned, events, show, quiet)

    def finish(self) -> None:
        """Print how many events were not shown."""
        if self._hidden and not self._as_json:
            write(f"... and {self._hidden} events more; --json shows all\n")

    def _show(self, call: Call, planned: PlannedSubscription) -> None:
        self._calls += 1
        if self._as_json:
            for shown in shown_requests(call, self._state):
                about = {"subscription": planned.name, "action": planned.action.name}
                write_json({**about, **shown}, self._state, indent=None)
        elif self._calls <= self._most:
            self._show_text(call, planned.name if planned.name != planned.action.name else "")
        else:
            self._hidden += len(call.payloads)

    def _show_text(self, call: Call, named: str) -> None:
        count = len(call.payloads)
        heads = [each for each in (named, f"{count} events" if count > 1 else "") if each]
        if heads:
            write(self._state.line(f"# {', '.join(heads)}"))
        self._state.remember(call.payloads)
        for request in call.requests:
            write(f"{_cut(as_text(request, self._state))}\n")


def _cut(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(text) - LONGEST_TEXT} characters more)"
