"""Ways to authorize a connection without a redirect; `Connection.authorize` runs them."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import attrs
from pluggy import HookRelay

from portcall.errors import SettingsError
from portcall.model.auth import Auth
from portcall.requests.client import Client
from portcall.schemes.oauth2 import grants
from portcall.schemes.oauth2.declared import demanded
from portcall.schemes.oauth2.device import DeviceCode, begin_device, poll_device


@attrs.frozen
class DeviceFlow:
    """Sign in on another device (RFC 8628).

    Args:
        show: Shows the person where to go and what to type there.
        wait: Waits that many seconds.
        clock: Seconds that only go forward.

    Example::

        def show(code):
            print(f"Open {code.verification_url} and enter {code.user_code}")


        connection.authorize(DeviceFlow(show))
    """

    show: Callable[[DeviceCode], object]
    wait: Callable[[float], None] = sleep
    clock: Callable[[], float] = monotonic

    def __call__(self, client: Client, settings: Any, auth: Auth, hooks: HookRelay) -> Auth:
        """Get the codes, show them, and poll until the person has decided."""
        endpoints, own = demanded(hooks, settings), _without_tokens(auth)
        device = begin_device(client, endpoints, own)
        self.show(device)
        return poll_device(client, endpoints, own, device, wait=self.wait, clock=self.clock)


def machine_sign_in(client: Client, settings: Any, auth: Auth, hooks: HookRelay) -> Auth:
    """Get a token without a person: client credentials or a signed assertion, as declared.

    Raises:
        SettingsError: The destination declares a grant that needs a person.
    """
    fresh = grants.refresh(client, demanded(hooks, settings), _without_tokens(auth))
    if fresh is None:
        raise SettingsError("this destination needs the authorization of a person")
    return fresh


def give_back(client: Client, settings: Any, auth: Auth, hooks: HookRelay) -> Auth:
    """Revoke the tokens at the destination (RFC 7009), and keep none."""
    grants.revoke(client, demanded(hooks, settings), auth)
    return Auth()


def _without_tokens(auth: Auth) -> Auth:
    return Auth(client_id=auth.client_id, client_secret=auth.client_secret)
