"""The page of one account: its fields, signing in, whose credentials these are, and its actions."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import attrs
from starlette.responses import Response

from portcall import (
    Auth,
    PortcallError,
    Reach,
    Record,
    Secret,
    SettingsError,
    Text,
    machine_sign_in,
)
from portcall.previews.authors import (
    check_name,
    has_device_sign_in,
    health_of,
    sign_in_way,
    to_json,
)
from portcall_server.web.accounts import (
    CLIENT,
    TOKEN,
    Account,
    account_of,
    refuse_taken,
)
from portcall_server.web.controls import controls, values_of
from portcall_server.web.gate import AGAIN, BACK
from portcall_server.web.pages import device_page
from portcall_server.web.sessions import Pending
from portcall_server.web.view import View

_MOST_PENDING: Final = 20


def show(view: View, kind: str, name: str) -> Response:
    """Show an account."""
    return _page(view, account_of(view, kind, name))


def fill_in(view: View, kind: str, name: str) -> Response:
    """Take in the fields of an account that is tried, and do what was asked for with it."""
    account = account_of(view, kind, name)
    if account.draft is not None:
        _take_in(view, account)
    chosen = view.form.text("do")
    try:
        if chosen == "test":
            return _page(view, account, done=_test(account))
        if chosen == "authorize":
            return _authorize(view, account)
        if chosen == "device":
            return device_page.begin(view, account)
        if chosen == "keep":
            return _keep(view, account)
        account.open()
    except PortcallError as exc:
        return _page(
            view, account, fault=view.message(exc), status=400, problems=_problems(view, exc)
        )
    return _page(view, account, done="These fields can be used. Nothing was sent yet.")


def finish(view: View) -> Response:
    """Take in what an authorization page sent the browser back with."""
    url = f"{view.site.public_url or view.origin + view.root}{BACK}?{_query(view)}"
    pending = _pending(view)
    if pending is None:
        text = (
            "No authorization is under way in this browser: begin one on the page of a destination."
        )
        return view.render("error.html", 400, title="Nothing to authorize", text=text)
    account = account_of(view, pending.kind, pending.name)
    view.known.remember([Secret(v) for n in ("code", "oauth_verifier") if (v := view.form.text(n))])
    try:
        account.open().finish_authorization(pending.remembered, url)
    except PortcallError as exc:
        return _page(view, account, fault=view.message(exc), status=400)
    view.session.pending.remove(pending)
    return view.redirect(*account.page, notice=f"{account.destination.slug} is authorized.")


def _page(
    view: View,
    account: Account,
    *,
    status: int = 200,
    done: str = "",
    fault: str = "",
    problems: dict[str, str] | None = None,
) -> Response:
    destination, draft, record = account.destination, account.draft, account.record
    if record is not None:
        values = dict(record.settings)
        health = health_of(record)
    else:
        values, health = dict(draft.settings) if draft else {}, None
    return view.render(
        "account.html",
        status,
        account=account,
        destination=destination,
        controls=controls(destination.fields, values),
        client=_credentials(account),
        way=_way(account),
        has_device=_has_device(account),
        health=health,
        why=view.message(health.cause) if health and health.cause else "",
        actions=list(destination.actions.values()),
        done=done,
        fault=fault,
        problems=problems or {},
        signed_in=bool(draft and (draft.auth.access_token or draft.auth.refresh_token)),
        values=values,
    )


def _take_in(view: View, account: Account) -> None:
    draft = account.draft
    if draft is None:
        return
    before, client_before = dict(draft.settings), dict(draft.client)
    draft.settings = values_of(account.destination.fields, view.form, before)
    for name in CLIENT:
        text = view.form.text(name)
        if text:
            draft.client[name] = text if name == "client_id" else Secret(text)
        elif name == "client_id" and view.form.has(name):
            draft.client.pop(name, None)
    typed: dict[str, Any] = {n: Secret(view.form.text(n)) for n in TOKEN if view.form.text(n)}
    if typed:
        draft.auth = Auth(**typed)
    elif (before, client_before) != (draft.settings, draft.client):
        draft.auth = Auth()  # the tokens were of another account
        view.site.device_sign_ins.cancel(device_page.key_of(view, account))
    view.known.remember(draft.settings, draft.client, draft.auth)


def _test(account: Account) -> str:
    connection = account.open()
    if not account.tests:
        return "This destination has no way to ask whose credentials these are. Send one event to try them."
    identity = connection.test()
    return (
        f"Signed in as {identity}." if identity else "Accepted; this destination names no account."
    )


def _authorize(view: View, account: Account) -> Response:
    connection = account.open()
    way = sign_in_way(connection)
    if way == "machine":
        connection.authorize(machine_sign_in)
        return view.redirect(*account.page, notice=f"{account.destination.slug} gave a token.")
    if way == "device":
        return device_page.begin(view, account)
    if way != "page":
        raise SettingsError(
            "this destination has no page to authorize it on; type its credentials, or use: "
            f"portcall connect {account.destination.slug}"
        )
    back = f"{view.site.public_url or view.origin + view.root}{BACK}"
    started = connection.begin_authorization(back)
    target = urlsplit(started.url)
    if target.scheme not in {"https", "http"}:
        raise SettingsError("the page to authorize on is not at an http URL")
    view.session.pending.append(Pending(account.kind, account.name, started.pending))
    del view.session.pending[:-_MOST_PENDING]
    return view.render(
        "leave.html", account=account, host=target.hostname, target=started.url, back=back
    )


def _pending(view: View) -> Pending | None:
    """Return the authorization that an answer belongs to: by its ``state``, else the latest."""
    state = view.form.text("state")
    latest = view.session.pending[::-1]
    for each in latest:
        held = each.remembered.get("state")
        if state and held is not None and _plain(held) == state:
            return each
    return latest[0] if latest else None


def _plain(text: Text) -> str:
    return text.reveal() if isinstance(text, Secret) else text


def _query(view: View) -> str:
    return view.query.removesuffix(AGAIN).removesuffix("&")


def _keep(view: View, account: Account) -> Response:
    name, draft = view.form.text("name").strip(), account.draft
    if draft is None:
        raise SettingsError("this connection is already stored")
    check_name(name)
    refuse_taken(view.site, name, account.destination.slug)
    connection = account.open()
    valid = to_json(connection.settings)
    given = {key: value for key, value in valid.items() if key in draft.settings}
    view.site.store.create(
        Record(
            name=name,
            slug=account.destination.slug,
            settings=given,
            auth=attrs.evolve(connection.auth, client_id=None, client_secret=None),
            reach=Reach(**view.site.reach_of(None).said()),
        )
    )
    del view.session.drafts[account.name]
    return view.redirect("connections", name, notice=f"{name} is kept.")


def _credentials(account: Account) -> list[dict[str, Any]]:
    """Return the inputs of what goes into the credentials, beside the fields."""
    if account.draft is None or not account.takes_tokens:
        return []
    own = {field.name for field in account.destination.fields}
    held = {**account.draft.client}
    return [
        {
            "name": name,
            "label": label,
            "secret": name != "client_id",
            "value": held.get(name, "") if name == "client_id" else "",
            "is_kept": name != "client_id" and name in held,
        }
        for name, label in {**CLIENT, **TOKEN}.items()
        if name not in own
    ]


def _way(account: Account) -> str:
    try:
        return sign_in_way(account.open())
    except PortcallError:
        # Its fields are to be filled in first; whether there is a page may depend on them.
        return "page" if account.destination.scheme in {"oauth2", "oauth1"} else ""


def _has_device(account: Account) -> bool:
    try:
        return has_device_sign_in(account.open())
    except PortcallError:
        return False


def _problems(view: View, exc: PortcallError) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in getattr(exc, "problems", ()):
        name = each.path.partition(".")[0].partition("[")[0]
        found.setdefault(name, view.known.clean(each.message))
    return found
