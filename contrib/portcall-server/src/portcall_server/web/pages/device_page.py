"""The page of a sign-in on another device: the code, where it is entered, and whether it was."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from portcall import SettingsError
from portcall.previews.authors import has_device_sign_in
from portcall_server.web.accounts import Account, account_of
from portcall_server.web.device_sign_ins import Key
from portcall_server.web.view import View


def begin(view: View, account: Account) -> Response:
    """Get a code, and lead to the page that shows it.

    Raises:
        SettingsError: The destination has no such sign-in.
        PortcallError: No code can be had.
    """
    connection = account.open()
    if not has_device_sign_in(connection):
        raise SettingsError("this destination has no sign-in on another device")
    found = view.site.device_sign_ins.begin(key_of(view, account), lambda: connection)
    if found.fault is not None:
        raise found.fault
    return view.redirect(*account.page, "device")


def show(view: View, kind: str, name: str) -> Response:
    """Show the code; once the person has decided, lead back to the account."""
    account = account_of(view, kind, name)
    found = view.site.device_sign_ins.get(key_of(view, account))
    if view.fragment:
        return JSONResponse({"state": found.state if found is not None else "none"})
    if found is None or found.state == "cancelled":
        return view.redirect(*account.page, notice="No sign-in on another device is under way.")
    if found.state == "done":
        view.site.device_sign_ins.cancel(key_of(view, account))
        return view.redirect(*account.page, notice=f"{account.destination.slug} is authorized.")
    fault = "" if found.fault is None else view.message(found.fault)
    return view.render("device.html", 400 if fault else 200, account=account, it=found, fault=fault)


def decide(view: View, kind: str, name: str) -> Response:
    """Break it off, or begin again."""
    account = account_of(view, kind, name)
    if view.form.text("do") == "again":
        return begin(view, account)
    view.site.device_sign_ins.cancel(key_of(view, account))
    return view.redirect(*account.page, notice="The sign-in was cancelled. Nothing was kept.")


def key_of(view: View, account: Account) -> Key:
    """Return what a sign-in is known by: browser and account."""
    return view.session.csrf, account.kind, account.name
