"""What the server remembers for one browser; in memory alone, as there are secrets in it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

import attrs

from portcall import Auth, Text

MOST_SESSIONS: Final = 100
MOST_TRIALS: Final = 200


@attrs.define
class Draft:
    """An account that is tried, and kept nowhere.

    Args:
        settings: Values by field name, every secret of them a `Secret`.
        client: The ``client_id`` and ``client_secret`` that were typed.
        auth: Its credentials so far.
    """

    settings: dict[str, object] = attrs.field(factory=dict, repr=False)
    client: dict[str, Text] = attrs.field(factory=dict, repr=False)
    auth: Auth = attrs.field(factory=Auth, repr=False)


@attrs.define
class Trial:
    """What was typed on the page of one action.

    Args:
        event: The event as text.
        subscribe: The filter; None for the action's own.
        preset: Its name; empty for none.
        sync_mode: One of the action's; empty for its first.
        entries: What was typed for fields, by name.
        shown: The event as the page shows it: with ``***`` in place of secrets.
    """

    event: str = ""
    subscribe: str | None = None
    preset: str = ""
    sync_mode: str = ""
    entries: dict[str, str] = attrs.field(factory=dict, repr=False)
    shown: str = ""


@attrs.frozen
class Pending:
    """An authorization that a person was sent away for.

    Args:
        kind: ``destinations`` or ``connections``.
        name: The slug, or the name of the connection.
        remembered: What the scheme has to remember.
    """

    kind: str
    name: str
    remembered: Mapping[str, Text] = attrs.field(repr=False)


@attrs.define
class Session:
    """One browser's.

    Args:
        csrf: What every form of its pages carries.
        drafts: Accounts that are tried, by slug.
        trials: By page.
        pending: Authorizations under way, the latest last.
        notice: What the next page says at its top.
    """

    csrf: str = attrs.field(factory=secrets.token_urlsafe, repr=False)
    drafts: dict[str, Draft] = attrs.field(factory=dict, repr=False)
    trials: OrderedDict[tuple[str, ...], Trial] = attrs.field(factory=OrderedDict, repr=False)
    pending: list[Pending] = attrs.field(factory=list, repr=False)
    notice: str = ""

    def trial(self, *page: str) -> Trial | None:
        """Return what was typed on a page; None if nothing was."""
        return self.trials.get(page)

    def keep_trial(self, trial: Trial, *page: str) -> None:
        """Remember what was typed on a page."""
        self.trials[page] = trial
        self.trials.move_to_end(page)
        while len(self.trials) > MOST_TRIALS:
            self.trials.popitem(last=False)

    def secrets(self) -> list[Any]:
        """Return what no page may show."""
        return [
            *([d.settings, d.client, d.auth] for d in self.drafts.values()),
            *(each.remembered for each in self.pending),
        ]


class Sessions:
    """The sessions of a server by the value of their cookie, the oldest forgotten."""

    def __init__(self) -> None:
        self._held: Final[OrderedDict[str, Session]] = OrderedDict()
        self._lock: Final = Lock()

    def begin(self) -> tuple[str, Session]:
        """Return a new session and the value of its cookie."""
        key, session = secrets.token_urlsafe(32), Session()
        with self._lock:
            self._held[key] = session
            while len(self._held) > MOST_SESSIONS:
                self._held.popitem(last=False)
        return key, session

    def get(self, key: str) -> Session | None:
        """Return a session; None if there is none."""
        with self._lock:
            return self._held.get(key)
