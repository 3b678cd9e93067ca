"""Authorize a connection in a browser, on this machine or on another one."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import suppress
from threading import Thread
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from portcall.cli.authorizing.authorization_options import AuthorizationOptions, Keep
from portcall.connection import Connection
from portcall.errors import DeadlineError, SettingsError
from portcall.model.auth import Authorization
from portcall.schemes.oauth2.loopback import Loopback
from portcall.secret import Secret

MOST_CHARACTERS: Final = 65_536
_NOT_NEEDED: Final = " needs no authorization by a person"
_PUBLIC: Final = frozenset({"error", "error_description", "iss", "scope", "state"})


def in_browser(connection: Connection, asked: AuthorizationOptions, keep: Keep) -> None:
    """Open the page here and wait for the browser to come back.

    The page in the browser says "connected" only after the credentials are kept. Where no person is
    needed after all, nothing happens.

    Raises:
        DeadlineError: The person did not come back in time.
        AuthenticationError: The answer is a refusal, or not ours.
    """
    with Loopback(**asked.listener()) as loopback:
        started = _begin(connection, loopback.redirect_url)
        if started is None:
            return
        asked.state.remember(started.pending)
        asked.tell(f"Authorize {connection.destination.slug} on this page:\n\n  {started.url}\n")
        # A text browser is done only when the person is: wait for the answer meanwhile.
        Thread(target=_open, args=(started.url,), daemon=True).start()
        try:
            redirected_url = loopback.wait(asked.wait_s)
        except DeadlineError:
            raise DeadlineError(
                f"no answer came back from the browser within {asked.wait_s:g} s: give it more time "
                "with --wait SECONDS, or use a browser on another machine with --no-browser"
            ) from None
        _remember(redirected_url, asked)
        keep(connection.finish_authorization(started.pending, redirected_url))
        loopback.respond(ok=True)


def elsewhere(connection: Connection, asked: AuthorizationOptions, keep: Keep) -> None:
    """Show the page's URL, and take the address that the browser was sent to from stdin.

    Where no person is needed after all, nothing happens.

    Raises:
        SettingsError: Nothing was pasted.
        AuthenticationError: The answer is a refusal, or not ours.
    """
    redirect_url = asked.redirect_url
    if not redirect_url:
        with Loopback(**asked.listener()) as loopback:
            redirect_url = loopback.redirect_url
    started = _begin(connection, redirect_url)
    if started is None:
        return
    asked.state.remember(started.pending)
    asked.tell(
        f"Authorize {connection.destination.slug} on this page, in any browser:\n\n  {started.url}\n\n"
        f"It ends at {redirect_url}, which may fail to load: paste that whole address here."
    )
    pasted = sys.stdin.readline(MOST_CHARACTERS).strip() if sys.stdin else ""
    if not pasted:
        raise SettingsError("nothing was pasted: the address the browser was sent to is needed")
    _remember(pasted, asked)
    keep(connection.finish_authorization(started.pending, pasted))


def _begin(connection: Connection, redirect_url: str) -> Authorization | None:
    """Start; None where the destination, with these settings, needs no person."""
    try:
        return connection.begin_authorization(redirect_url)
    except SettingsError as exc:
        if exc.problems or not str(exc).endswith(_NOT_NEEDED):
            raise
    return None


def _remember(redirected_url: str, asked: AuthorizationOptions) -> None:
    """Keep the code in the redirected URL out of every output."""
    with suppress(ValueError):
        pairs = parse_qsl(urlsplit(redirected_url).query)
        asked.state.remember([Secret(value) for name, value in pairs if name not in _PUBLIC])


def _open(url: str) -> None:
    with suppress(Exception):  # the URL is on the screen, too
        webbrowser.open(url)
