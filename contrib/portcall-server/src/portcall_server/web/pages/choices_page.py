"""The values to choose from for one field: a page to search, and a list for the page's script."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from portcall import Choice, SettingsError
from portcall.previews.authors import Found, fixed, follow, is_offered, shown_value
from portcall_server.web.accounts import account_of
from portcall_server.web.entries import text_of_entry
from portcall_server.web.trials import first_trial
from portcall_server.web.view import View

MOST_VALUES: Final = 200
_MOST_PAGES: Final = 5


def show(view: View, kind: str, name: str, action: str, field: str) -> Response:
    """List the values of a field that have a text in them."""
    account = account_of(view, kind, name)
    chosen = account.destination.actions.get(action)
    found = {each.name: each for each in chosen.fields}.get(field) if chosen else None
    if chosen is None or found is None or not is_offered(chosen, found):
        raise SettingsError("nothing offers values for this field")
    query = view.form.text("q")
    choices = fixed(found, query)
    if choices is not None:
        listed = follow(lambda _: choices, None, values=MOST_VALUES, pages=1)
    else:
        connection = account.open()
        ask = partial(connection.choices, chosen, field, query)
        page = view.form.text("page") or None
        listed = follow(ask, page, values=MOST_VALUES, pages=_MOST_PAGES)
        view.known.remember(connection.auth)
    rows = _rows(listed, view)
    if view.form.has("json"):
        return JSONResponse(
            {"items": rows, "more": listed.next_page is not None or listed.left_off > 0}
        )
    return view.render(
        "choices.html",
        account=account, action=chosen, field=found, rows=rows, query=query, next_page=listed.next_page,
        left_off=listed.left_off,
    )  # fmt: skip


def choose(view: View, kind: str, name: str, action: str, field: str) -> Response:
    """Take one of the values into the mapping."""
    account = account_of(view, kind, name)
    chosen = account.destination.actions.get(action)
    if chosen is None or field not in {each.name for each in chosen.fields}:
        raise SettingsError("there is no such field")
    trial = view.session.trial(*account.page, action) or first_trial(chosen)
    trial.entries[field] = view.form.text("entry")
    view.session.keep_trial(trial, *account.page, action)
    return view.redirect(*account.page, "actions", action)


def _rows(found: Found, view: View) -> list[dict[str, Any]]:
    return [_row(each, view) for each in found.items]


def _row(choice: Choice, view: View) -> dict[str, Any]:
    value = shown_value(choice.value, view.known)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {
        "value": text,
        "label": view.known.clean(choice.label),
        "entry": text_of_entry(value),
    }
