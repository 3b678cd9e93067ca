"""Questions to a ledger: did it go, when, and what did they say?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from portcall.errors import SettingsError
from portcall.model.rfc3339 import rfc3339
from portcall.runs.ledger.event_keys import number_of
from portcall.runs.ledger.ledger_file import Ledger
from portcall.runs.ledger.tables import Outcomes

_SELECT: Final = """
SELECT found.at, found.outcome, reasons.text, scopes.connection, scopes.subscription,
       runs.input, runs.unit, found.entry, runs.word
FROM (SELECT * FROM events {where} ORDER BY id DESC LIMIT {most}) AS found
JOIN scopes ON scopes.id = found.scope JOIN runs ON runs.id = found.run
LEFT JOIN reasons ON reasons.id = found.reason ORDER BY found.id DESC
"""
_BEGUN, _DELIVERED = (each.name.lower() for each in (Outcomes.BEGUN, Outcomes.DELIVERED))


@attrs.frozen
class Logged:
    """One time that an event went out, or did not.

    Args:
        at: When its outcome was known, or, if it is ``begun``, when it was read.
        outcome: ``delivered``, ``skipped``, ``rejected``, ``uncertain``, ``retry`` or ``reauthorize``; or
            ``begun`` if a run is under way, or was killed while it may have been sending the event.
        reason: What was said, redacted; empty if it was delivered.
        connection: Its name, or the slug of the destination.
        subscription: Its name.
        input: Where the event was read.
        unit: What ``number`` counts there: ``line``, ``item`` or ``record``.
        number: Which one it was there.
        run: The word of the run.
    """

    at: datetime
    outcome: str
    reason: str
    connection: str
    subscription: str
    input: str
    unit: str
    number: int
    run: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON values."""
        return {**attrs.asdict(self), "at": rfc3339(self.at)}


def read_log(
    ledger: Ledger,
    *,
    key: str | None = None,
    since: datetime | None = None,
    outcome: str | None = None,
    connection: str | None = None,
    most: int = 100,
) -> Iterator[Logged]:
    """Return what a ledger remembers, the newest first.

    Args:
        ledger: Open.
        key: Of one event: its ``messageId``, or what ``--key`` named.
        since: An aware instant.
        outcome: One of those that `Logged` names.
        connection: The name of one connection.
        most: The most entries to return.

    Raises:
        SettingsError: There is no such outcome, or the ledger cannot be read.
    """
    values: list[object] = []
    first = 0
    scopes = dict(ledger.query("SELECT id, connection FROM scopes"))
    wheres = [] if key is None else _of_event(ledger, key, scopes)
    if since is not None:
        first = ledger.first_since(since.timestamp())
        wheres.append("id >= ?")
        values.append(first)
    if outcome is not None:
        code = _code(outcome)
        # Written out, so that the index of those that were sent in vain is used.
        wheres.append(f"outcome = {code}" + (" AND outcome > 1" if code > 1 else ""))
    named = [scope for scope, name in scopes.items() if connection in {None, name}]
    if connection is not None:
        wheres.append(f"scope IN ({','.join(map(str, named))})")
    is_common = outcome == _DELIVERED or outcome is None  # no index has them by subscription
    if key is not None or not (outcome == _BEGUN or (is_common and connection is not None)):
        yield from _found(ledger, wheres, values, most)
        return
    wheres.append("id BETWEEN ? AND ?")
    for span in ledger.spans(named, first, is_begun=outcome == _BEGUN) if named else ():
        for logged in _found(ledger, wheres, [*values, *span], most):
            yield logged
            most -= 1
        if most <= 0:
            return


def _of_event(ledger: Ledger, key: str, scopes: Iterable[int]) -> list[str]:
    """Return the conditions of the entries of one event."""
    numbers = [number_of(scope, key) for scope in scopes]
    rows = ledger.rows_of(numbers)
    return [f"id IN ({','.join(map(str, rows))})", f"number IN ({','.join(map(str, numbers))})"]


def _found(
    ledger: Ledger, wheres: Sequence[str], values: Sequence[object], most: int
) -> Iterator[Logged]:
    where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
    for row in ledger.query(_SELECT.format(where=where, most=int(most)), values):
        yield _logged(*row)


def _logged(at: Any, outcome: Any, reason: Any, *more: Any) -> Logged:
    when = datetime.fromtimestamp(at, UTC)
    return Logged(when, Outcomes(outcome).name.lower(), reason or "", *more)


def _code(outcome: str) -> int:
    try:
        return Outcomes[outcome.upper()].value
    except KeyError:
        known = ", ".join(each.name.lower() for each in Outcomes)
        raise SettingsError(f"there is no outcome {outcome!r}; there are {known}") from None
