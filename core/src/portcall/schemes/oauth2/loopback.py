"""A listener on this machine for the one redirect that ends an authorization (RFC 8252 §7.3)."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import parse_qs

from portcall.errors import DeadlineError, SettingsError
from portcall.schemes.oauth2.pages import CONNECTED, DENIED, FAILED, nothing_here, verdict_page
from portcall.schemes.oauth2.visitors import Visit, Visitor

_ADDRESS: Final = "127.0.0.1"
_MOST_VISITORS: Final = 32
_BACKLOG: Final = 32


class Loopback:
    """Waits on 127.0.0.1 for the person's browser to come back; serves one answer, then closes.

    No thread runs: connections wait in the system's queue until `wait` looks at them, all at once, so
    that a browser's idle spare connection or a slow client delays no answer. Only a GET of the path,
    with a query, addressed to this listener by name, is the answer; a favicon gets 404.

    Args:
        port: The port, where the destination wants a redirect URL that never changes; 0 for any free one.
        path: Path of the redirect URL.
        hostname: The name of this machine in the redirect URL; some destinations accept only ``localhost``.

    Raises:
        SettingsError: The port is taken, or not this user's to take.

    Example::

        with Loopback() as loopback:
            started = connection.begin_authorization(loopback.redirect_url)
            webbrowser.open(started.url)
            redirected_url = loopback.wait(timeout_s=300)
            connection.finish_authorization(started.pending, redirected_url)
            loopback.respond(True)
    """

    def __init__(
        self,
        *,
        port: int = 0,
        path: str = "/callback",
        hostname: Literal["127.0.0.1", "localhost"] = "127.0.0.1",
    ) -> None:
        self._path: Final = path
        self._answered: Visitor | None = None
        self._denied = False
        try:
            self._listener: Final = socket.create_server((_ADDRESS, port), backlog=_BACKLOG)
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {_ADDRESS}:{port} for the browser: {error.strerror}; free the port, or "
                "let portcall choose one (port 0) if the destination allows any"
            ) from None
        self._listener.settimeout(0)
        self.port: Final[int] = self._listener.getsockname()[1]
        self._origin: Final = f"http://{hostname}:{self.port}"
        self._hosts: Final = {f"{name}:{self.port}" for name in (_ADDRESS, "localhost")}

    @property
    def redirect_url(self) -> str:
        """The URL to which the destination redirects the browser."""
        return self._origin + self._path

    def wait(self, timeout_s: float) -> str:
        """Wait for the browser.

        Args:
            timeout_s: Seconds to wait for the person.

        Returns:
            The URL it was sent to. Nothing in it has been checked, and the browser waits for `respond`.

        Raises:
            DeadlineError: No answer came in time.
        """
        ends = monotonic() + timeout_s
        visitors: set[Visitor] = set()
        try:
            while (left := ends - monotonic()) > 0:
                for visitor in self._ready(visitors, left):
                    visit = visitor.advance()
                    if visit is not None and self._is_answer(visit):
                        visitors.discard(visitor)
                        return self._take(visitor, visit)
                    if visit is not None:
                        _send_away(visitors, visitor, visit)
        finally:
            self._listener.close()
            for visitor in visitors:
                visitor.close()
        raise DeadlineError(f"no answer came back from the browser within {timeout_s:.0f} s")

    def respond(self, ok: bool, text: str = "") -> None:
        """Show the person the result; only the first call counts.

        Args:
            ok: The connection was made.
            text: One sentence to show instead of the standard one; never pass anything that came with
                the redirect.
        """
        visitor, self._answered = self._answered, None
        if visitor is not None:
            standard = CONNECTED if ok else DENIED if self._denied else FAILED
            visitor.answer(verdict_page(ok=ok, text=text or standard))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.respond(ok=False)
        self._listener.close()

    def __repr__(self) -> str:
        return f"<Loopback {self.redirect_url}>"

    def _ready(self, visitors: set[Visitor], left_s: float) -> list[Visitor]:
        """Wait until a client connects or sends; drop a client that is too slow."""
        now = monotonic()
        for late in [one for one in visitors if one.ends <= now]:
            visitors.discard(late)
            late.close()
        patience = min((one.ends - now for one in visitors), default=left_s)
        with selectors.DefaultSelector() as selector:
            if len(visitors) < _MOST_VISITORS:
                selector.register(self._listener, selectors.EVENT_READ)
            for one in visitors:
                selector.register(one.socket, selectors.EVENT_READ, one)
            ready = [key.data for key, _ in selector.select(min(left_s, patience))]
        if None in ready:
            self._welcome(visitors)
        return [one for one in ready if one is not None]

    def _welcome(self, visitors: set[Visitor]) -> None:
        with suppress(OSError):  # gone again before it was accepted
            visitors.add(Visitor(self._listener.accept()[0], monotonic()))

    def _is_answer(self, visit: Visit) -> bool:
        path, _, query = visit.target.partition("?")
        # Another name would be a page elsewhere whose name was pointed here (DNS rebinding).
        at_home = visit.host.lower() in self._hosts or (self.port == 80 and ":" not in visit.host)
        return visit.method == "GET" and at_home and path == self._path and bool(query)

    def _take(self, visitor: Visitor, visit: Visit) -> str:
        self._answered = visitor
        query = parse_qs(visit.target.partition("?")[2])
        self._denied = query.get("error") == ["access_denied"] or "denied" in query
        return self._origin + visit.target


def _send_away(visitors: set[Visitor], visitor: Visitor, visit: Visit) -> None:
    """Answer that there is nothing here, and close the connection."""
    if not visitor.leaving:
        visitor.dismiss(_page_for(visit), monotonic())
    else:
        visitors.discard(visitor)
        visitor.close()


def _page_for(visit: Visit) -> bytes:
    if not visit.method:
        return nothing_here("400 Bad Request")
    return nothing_here("404 Not Found" if visit.method == "GET" else "405 Method Not Allowed")
