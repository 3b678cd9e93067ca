"""One event of the outbox: what became of it, what would now, and its correction."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from portcall import PortcallError, SettingsError
from portcall.outbox import Entry
from portcall.previews.authors import explain, plan_action, source_of
from portcall_server.web.masked_events import restored
from portcall_server.web.pages.deliveries_page import outbox_of, remember_all
from portcall_server.web.trials import Preview, event_of
from portcall_server.web.view import View


def show(view: View, number: str) -> Response:
    """Show one event."""
    return _page(view, _entry(view, number))


def decide(view: View, number: str) -> Response:
    """Correct an event and send it again, send it as it is, or drop it."""
    outbox, entry, chosen = outbox_of(view), _entry(view, number), view.form.text("do")
    if chosen == "drop":
        outbox.drop([entry.id])
        return view.redirect("deliveries", "dead", notice=f"Event {entry.id} was dropped.")
    try:
        event = _corrected(view, entry)
        if chosen == "retry":
            if event != entry.event and not outbox.correct(entry.id, event):
                raise SettingsError("it is under way or done: it can no longer be corrected")
            if not outbox.retry([entry.id]):
                raise SettingsError("it is under way or done: it cannot be sent again")
            return view.redirect(
                "deliveries", "dead", notice=f"Event {entry.id} will be sent again."
            )
    except PortcallError as exc:
        return _page(
            view, entry, typed=view.form.text("event"), fault=view.message(exc), status=400
        )
    return _page(view, entry, corrected=event)


def _page(
    view: View,
    entry: Entry,
    *,
    corrected: Any = None,
    typed: str = "",
    fault: str = "",
    status: int = 200,
) -> Response:
    event = entry.event if corrected is None else corrected
    remember_all(view)
    preview = _preview(view, entry, event) if event is not None and not fault else None
    plan = {name: value for name, value in entry.plan.items() if name != "mapping"}
    mapping = entry.plan.get("mapping")
    return view.render(
        "event.html",
        status,
        entry=entry,
        text=typed
        or (json.dumps(event, indent=2, ensure_ascii=False) if event is not None else ""),
        preview=preview,
        fault=fault,
        plan=plan,
        mapping={k: source_of(v) for k, v in mapping.items()} if isinstance(mapping, dict) else {},
        can_change=event is not None and entry.state != "under_way",
    )


def _preview(view: View, entry: Entry, event: Any) -> Preview:
    """Explain what would become of the event now; nothing is sent."""
    try:
        connection = view.site.open(entry.connection)
        view.known.remember(connection.settings, connection.auth)
        actions = connection.destination.actions
        if entry.action not in actions:
            raise SettingsError(
                f"{connection.destination.slug} no longer has an action {entry.action!r}"
            )
        planned = plan_action(actions[entry.action], **entry.plan)
        [explained] = explain(connection, [planned], event, view.known)["subscriptions"]
    except PortcallError as exc:
        return Preview(fault=view.message(exc))
    return Preview(subscription=explained)


def _corrected(view: View, entry: Entry) -> Any:
    """Read the correction; what the page did not show of the event, as it is secret, stays."""
    if not view.form.has("event") or entry.event is None:
        return entry.event
    remember_all(view)
    _preview(view, entry, entry.event)  # it finds secrets in the event, as the page before did
    shown = json.loads(view.known.redact(json.dumps(entry.event, ensure_ascii=False)))
    return restored(event_of(view.form.text("event")), shown, entry.event)


def _entry(view: View, number: str) -> Entry:
    entry = outbox_of(view).entry(int(number)) if number.isdecimal() and len(number) < 19 else None
    if entry is None:
        raise SettingsError(f"there is no event {number[:20]} in the outbox any more")
    return entry
