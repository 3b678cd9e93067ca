"""The page of one action: an event, what would become of it and why, and what did when it was sent."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from portcall import Action, Field, PortcallError, SettingsError
from portcall.previews.authors import declared_choices, is_offered, source_of
from portcall_server.web.accounts import KEPT, Account, account_of
from portcall_server.web.pipeline_files import pipeline_toml, save_pipeline
from portcall_server.web.sample_events import sample_event, sample_names
from portcall_server.web.sessions import Trial
from portcall_server.web.trials import (
    ENTRY,
    Preview,
    Sent,
    changes_of,
    first_trial,
    hides,
    planned,
    preview,
    read_trial,
    send,
    start_of,
    starting_mapping,
)
from portcall_server.web.view import View


def show(view: View, kind: str, name: str, action: str) -> Response:
    """Show what was typed last, and what would become of it."""
    account, chosen = _found(view, kind, name, action)
    return _page(view, account, chosen, _trial(view, account, chosen))


def try_it(view: View, kind: str, name: str, action: str) -> Response:
    """Take in what was typed, and do what was asked for with it."""
    account, chosen = _found(view, kind, name, action)
    before = _trial(view, account, chosen)
    trial = read_trial(view.form, chosen, before) if view.form.has("event") else before
    asked = view.form.text("do")
    if asked == "sample":
        trial.event = sample_event(view.form.text("sample"))
    elif asked == "reset":
        trial = Trial(event=trial.event, shown=trial.shown)
    elif trial.preset != before.preset and trial.subscribe == start_of(chosen, before.preset):
        trial.subscribe = None  # the filter of the preset before was not typed
    view.session.keep_trial(trial, *account.page, chosen.name)
    if view.fragment:
        return view.render("preview.html", preview=_preview(view, account, chosen, trial))
    try:
        if asked == "send":
            sent = send(account.open(), chosen, trial, view.known)
            return _page(view, account, chosen, trial, sent=sent)
        if asked in {"toml", "save"}:
            return _pipeline(view, account, chosen, trial, save=asked == "save")
    except PortcallError as exc:
        return _page(view, account, chosen, trial, fault=view.message(exc), status=400)
    return _page(view, account, chosen, trial)


def _page(
    view: View,
    account: Account,
    action: Action,
    trial: Trial,
    *,
    status: int = 200,
    fault: str = "",
    sent: Sent | None = None,
) -> Response:
    shown = _preview(view, account, action, trial)  # it finds secrets in the event, too
    view.known.remember(*view.session.secrets())
    trial.shown = view.known.redact(trial.event)
    view.session.keep_trial(trial, *account.page, action.name)
    return view.render(
        "trial.html",
        status,
        account=account,
        action=action,
        trial=trial,
        subscribe=start_of(action, trial.preset) if trial.subscribe is None else trial.subscribe,
        rows=[_row(each, action, trial) for each in action.fields],
        samples=sample_names(),
        preview=shown,
        fault=fault,
        sent=sent,
        can_save=account.kind == KEPT and view.site.project is not None,
    )


def _row(field: Field, action: Action, trial: Trial) -> dict[str, Any]:
    """Return what the mapping's form has for one field."""
    typed, start = trial.entries.get(field.name, ""), starting_mapping(action, trial.preset)
    hidden = hides(field, typed)
    return {
        "field": field,
        "name": f"{ENTRY}{field.name}",
        "typed": "" if hidden else typed,
        "is_kept": hidden,
        "start": source_of(start[field.name]) if field.name in start else "",
        "offers": is_offered(action, field),
        "listed": not isinstance(declared_choices(field), tuple),
    }


def _preview(view: View, account: Account, action: Action, trial: Trial) -> Preview:
    try:
        connection = account.open()
    except PortcallError as exc:
        return Preview(fault=view.message(exc))
    return preview(connection, action, trial, view.known)


def _pipeline(
    view: View, account: Account, action: Action, trial: Trial, *, save: bool
) -> Response:
    planned(action, trial)  # what cannot be planned is not written down either
    name = view.form.text("pipeline").strip() or f"{account.name}-{action.name}"
    source = view.form.text("input").strip() or "events.ndjson"
    hidden = [f.name for f in action.fields if hides(f, trial.entries.get(f.name, ""))]
    if hidden:
        raise SettingsError(
            f"the mapping of `{hidden[0]}` holds a secret, which no pipeline may: take it from the event"
        )
    table = {
        "connection": account.name,
        "input": source,
        "subscriptions": [_subscription(action, trial)],
    }
    if not save:
        text = pipeline_toml(name, table)
        return view.render(
            "pipeline.html", account=account, action=action, text=text, name=name, source=source,
            can_save=account.kind == KEPT and view.site.project is not None,
        )  # fmt: skip
    project = view.site.project
    if project is None or account.kind != KEPT:
        raise SettingsError(
            "a pipeline is saved for a connection that is kept, into a portcall.toml"
        )
    save_pipeline(project.path, name, table)
    view.site.read_again()
    notice = f"Saved as pipeline {name} in {project.path.name}. Run it with: portcall run {name}"
    return view.redirect(*account.page, "actions", action.name, notice=notice)


def _subscription(action: Action, trial: Trial) -> dict[str, Any]:
    changes = changes_of(trial)
    said: dict[str, Any] = {"action": action.name}
    if trial.preset:
        said["preset"] = trial.preset
    if trial.subscribe is not None:
        said["subscribe"] = trial.subscribe
    if trial.sync_mode:
        said["sync_mode"] = trial.sync_mode
    if changes:
        said |= {"merge": True, "mapping": changes} if not trial.preset else {"mapping": changes}
    return said


def _trial(view: View, account: Account, action: Action) -> Trial:
    return view.session.trial(*account.page, action.name) or first_trial(action)


def _found(view: View, kind: str, name: str, action: str) -> tuple[Account, Action]:
    account = account_of(view, kind, name)
    actions = account.destination.actions
    if action not in actions:
        names = ", ".join(actions) or "none"
        raise SettingsError(
            f"{account.destination.slug} has no action {action[:60]!r}; it has {names}"
        )
    return account, actions[action]
