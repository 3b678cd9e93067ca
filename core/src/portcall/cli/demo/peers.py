"""The demo's two receivers; each verifies credentials with code of its own, none of portcall's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from portcall.cli.demo.server import Answer, Receiver

TOLERANCE_S: Final = 300
EVENTS_PER_TOKEN: Final = 500


class WebhookReceiver(Receiver):
    """Takes events whose signature is right (Standard Webhooks 1.0.0), and each only once.

    Args:
        key: The bytes that sender and receiver share.
        name: What it calls the sender.
    """

    def __init__(self, key: bytes, name: str) -> None:
        super().__init__()
        self._key = key
        self._name = name
        self._seen: set[str] = set()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify, then look at the event."""
        identifier = headers.get("webhook-id", "")
        fault = self._fault(identifier, headers, body)
        with self.lock:
            if fault:
                return self.unauthorised(fault)
            if (method, path) == ("GET", "/events"):
                return 200, {"name": self._name}
            if identifier in self._seen:
                return 409, {"error": "this event was here before"}
            self._seen.add(identifier)
            return self.take(json.loads(body))

    def _fault(self, identifier: str, headers: Mapping[str, str], body: bytes) -> str:
        stamp = headers.get("webhook-timestamp", "")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE_S:
            return "the timestamp is missing or too old"
        content = b".".join([identifier.encode(), stamp.encode(), body])
        digest = hmac.new(self._key, content, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(digest).decode()
        given = headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(expected, each) for each in given):
            return "the signature is wrong"
        return ""


class CrmReceiver(Receiver):
    """Takes events with a bearer token that ends after some events; its refresh tokens rotate.

    A refresh token that is used a second time revokes everything, as RFC 9700 §4.14.2 asks.

    Args:
        client_id: Who may use the token endpoint.
        client_secret: And with which secret.
    """

    def __init__(self, client_id: str, client_secret: str) -> None:
        super().__init__()
        self._client = (client_id, client_secret)
        self._left = 0
        self._access = self._refresh = ""
        self.grants = 0

    def issue(self) -> tuple[str, str]:
        """Return a fresh access token, good for some events, and the refresh token that follows it."""
        self._access, self._refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._left = EVENTS_PER_TOKEN
        return self._access, self._refresh

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return tokens, or check one and look at the event."""
        with self.lock:
            if (method, path) == ("POST", "/oauth/token"):
                return self._grant(body)
            known = hmac.compare_digest(headers.get("authorization", ""), f"Bearer {self._access}")
            if not known or not self._left:
                return self.unauthorised("the access token has expired")
            if (method, path) == ("GET", "/me"):
                return 200, {"account": "Demo CRM, account 4711"}
            self._left -= 1
            return self.take(json.loads(body))

    def _grant(self, body: bytes) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != self._client:
            return 401, {"error": "invalid_client"}
        given = form.get("refresh_token", "")
        if form.get("grant_type") != "refresh_token" or given != self._refresh:
            self._left, self._refresh = 0, secrets.token_urlsafe(24)
            return 400, {"error": "invalid_grant"}
        self.grants += 1
        access, refresh = self.issue()
        self._left = 1_000_000  # of this token the demo does not see the end
        return 200, {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "bearer",
            "expires_in": 3600,
        }
