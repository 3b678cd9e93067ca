"""Events refused with fresh credentials: whether the credentials are to blame, or the event, shows later."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

import attrs

from portcall.actions.outcomes import Fate, Outcome
from portcall.delivery.batch import Batch

MOST: Final = 3
"""So many refusals in a row, with no request served between them, are the credentials' fault."""

_ALONE: Final = "credentials that serve other requests were renewed for it, and refused again"


@attrs.frozen
class Suspect:
    """The events of one call that was refused again right after a renewal.

    Args:
        batch: What the call was for.
        outcome: What becomes of them if the credentials are to blame: ``reauthorize``.
    """

    batch: Batch
    outcome: Outcome

    def cleared(self) -> Outcome:
        """Return what becomes of the events if the credentials are not to blame.

        One event is rejected; of several, the next delivery finds out which.
        """
        reason = f"{self.outcome.reason}; {_ALONE}"
        kind: Fate = "rejected" if len(self.batch) == 1 else "retry"
        return Outcome(kind, reason=reason, exchange=self.outcome.exchange)


class Suspects:
    """Those of one delivery; safe to use from all of its workers.

    An API may say 403 both for "your session is over" and for "this is not yours". The first is held
    against the credentials, the second against the event: which of them it was is known when another
    request is served, or refused, with the same credentials.

    Args:
        serves: Returns whether a request was served with the current credentials.
        check: As in `Channel`.

    Attributes:
        waiting: Those whose outcome is not known yet.
    """

    def __init__(self, serves: Callable[[], bool], check: Callable[..., bool]) -> None:
        self._serves: Final = serves
        self._check: Final = check
        self._lock: Final = Lock()
        self.waiting: list[Suspect] = []

    def add(self, suspect: Suspect) -> None:
        """Take one."""
        with self._lock:
            self.waiting.append(suspect)

    def judge(self, *, refused: bool = False, last: bool = False) -> list[tuple[Suspect, Outcome]]:
        """Return those whose outcome is known now.

        Args:
            refused: The credentials are known to be over.
            last: No other request is to come.
        """
        with self._lock:
            if not self.waiting:
                return []
            if not self._serves():
                if not (refused or last or len(self.waiting) >= MOST):
                    return []
                if refused or not self._check(last=last):
                    return [(suspect, suspect.outcome) for suspect in self._take()]
            return [(suspect, suspect.cleared()) for suspect in self._take()]

    def _take(self) -> list[Suspect]:
        waiting, self.waiting = self.waiting, []
        return waiting
