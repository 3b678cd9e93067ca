"""What became of the events in the outbox: counts, a chart, failures by their reasons, dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from starlette.responses import Response

from portcall import PortcallError, SettingsError
from portcall.outbox import DEAD_LETTERS, ConnectionStatus, Entry, Outbox
from portcall_server.web.charts import BARS, SPAN, chart
from portcall_server.web.view import View

MOST_GROUPED: Final = 2_000
PAGE: Final = 50
_MOST_GROUPS: Final = 30
_MOST_IDS: Final = 1_000


def overview(view: View) -> Response:
    """Show how the outbox is."""
    outbox, now = outbox_of(view), datetime.now(UTC)
    status = outbox.status()
    ended = outbox.ended(now - BARS * SPAN, SPAN, BARS)
    remember_all(view)
    dead = sum(status.counts.get(each, 0) for each in DEAD_LETTERS)
    failing = outbox.entries(state=DEAD_LETTERS, limit=MOST_GROUPED)
    waiting = [
        outbox.entries(state="waiting", outcome=outcome, limit=MOST_GROUPED)
        for outcome in ("retry", "reauthorize")
    ]
    return view.render(
        "deliveries.html",
        held=status,
        dead=dead,
        connections=[(each, state_of(each)) for each in status.connections],
        chart=chart(ended, now),
        is_cut=max(map(len, (failing, *waiting))) == MOST_GROUPED,
        groups=groups([*failing, *chain.from_iterable(waiting)]),
        oldest=ago(status.oldest_due_at, now),
        place=status.place,
    )


def dead_letters(view: View) -> Response:
    """List the events that were not delivered, or those of one connection or reason."""
    outbox = outbox_of(view)
    asked = {name: view.form.text(name) for name in ("connection", "reason", "state")}
    before = view.form.text("before")
    states: Sequence[Any] = (asked["state"],) if asked["state"] else DEAD_LETTERS
    found = outbox.entries(
        state=states,
        connection=asked["connection"] or None,
        reason=asked["reason"] or None,
        before=int(before) if before.isdecimal() else None,
        limit=PAGE + 1,
    )
    remember_all(view)
    shown = found[:PAGE]
    return view.render(
        "dead_letters.html",
        entries=shown,
        asked=asked,
        states=[*DEAD_LETTERS, "waiting"],
        names=[each.name for each in outbox.status().connections],
        more={**{k: v for k, v in asked.items() if v}, "before": f"{shown[-1].id}"}
        if len(found) > PAGE
        else None,
    )


def decide(view: View) -> Response:
    """Send the chosen events again, or drop them."""
    outbox, chosen = outbox_of(view), view.form.text("do")
    ids = [int(each) for each in view.form.values.get("id", []) if each.isdecimal()][:_MOST_IDS]
    if not ids:
        raise SettingsError("no event was chosen: mark at least one")
    if chosen == "retry":
        count, what = outbox.retry(ids), "will be sent again"
    elif chosen == "drop":
        count, what = outbox.drop(ids), "were dropped"
    else:
        raise SettingsError("choose what to do with them")
    left = (
        f"; {len(ids) - count} could not be, because they are under way or done"
        if count < len(ids)
        else ""
    )
    return view.redirect("deliveries", "dead", notice=f"{count} events {what}{left}.")


def hold(view: View, name: str) -> Response:
    """Park a connection, or release it."""
    outbox = outbox_of(view)
    if view.form.text("do") == "park":
        outbox.park(name)
        notice = f"Nothing goes out to {name} until it is released. Its events wait."
    else:
        outbox.release(name)
        notice = f"{name} is released: its events go out again."
    return view.redirect("deliveries", notice=notice)


def groups(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Group events that failed by connection, action, outcome and reason, the most frequent first."""
    keys = Counter((e.connection, e.action, e.outcome, e.reason) for e in entries)
    latest: dict[tuple[str, ...], Entry] = {}
    for each in entries:
        latest.setdefault((each.connection, each.action, each.outcome, each.reason), each)
    return [
        {
            "connection": key[0],
            "action": key[1],
            "outcome": key[2],
            "reason": key[3],
            "count": count,
            "latest": latest[key],
            "is_dead": latest[key].state in DEAD_LETTERS,
        }
        for key, count in keys.most_common(_MOST_GROUPS)
    ]


def state_of(status: ConnectionStatus) -> str:
    """Return how a connection is, in a word or two."""
    if status.wants_authorization:
        return "wants authorization"
    if status.parked:
        return "parked"
    return "in trouble" if status.trouble else "ok"


def ago(when: datetime | None, now: datetime) -> str:
    """Return for how long something has been due; empty if nothing is."""
    if when is None or when > now:
        return ""
    seconds = (now - when).total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def outbox_of(view: View) -> Outbox:
    """Return the outbox.

    Raises:
        SettingsError: These pages are about none.
    """
    outbox = view.site.outbox
    if outbox is None:
        raise SettingsError("these pages have no outbox: name one with PORTCALL_OUTBOX")
    return outbox


def remember_all(view: View) -> None:
    """Let the page show no secret of any connection."""
    for name in view.site.names():
        try:
            record = view.site.store.get(name)
        except PortcallError:
            continue  # what cannot be read cannot be shown
        if record is not None:
            view.known.remember(record.settings, record.auth, record.state)
