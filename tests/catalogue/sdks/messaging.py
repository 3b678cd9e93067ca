"""SDKs of destinations for messaging."""

import json
from asyncio import run
from types import SimpleNamespace

from portcall.testing import Reply
from tests.catalogue.recording import intercepted, record


def discord(_):
    """Post a message to a thread of a webhook's channel."""
    import requests
    from discord import Object, SyncWebhook

    token = "3d89bb7572e0fb30d8128367b3b1b44f3d89bb7572e0fb30d8128367b3b1b44f0123"
    url = f"https://discord.com/api/webhooks/223704706495545344/{token}"
    hook = SyncWebhook.from_url(url, session=requests.Session())

    call = lambda: hook.send("Order Completed by u-7", wait=True, thread=Object(99))  # noqa: E731
    return {"post": intercepted(call)}


def mailgun(_):
    """Send an email in the EU, unsubscribe an address, ask for the domain and its templates."""
    from mailgun.client import Client

    sdk = Client(auth=("api", "key-1a2b3c4d"), api_url="https://api.eu.mailgun.net/")
    email = {
        "from": "Shop <shop@mg.example.com>",
        "to": "ada@example.com",
        "subject": "Order Completed",
        "text": "Thank you",
    }
    domain, kind = "mg.example.com", {"Content-Type": "application/json"}
    gone = json.dumps([{"address": "ada@example.com"}])
    calls = SimpleNamespace(
        send=lambda: sdk.messages.create(data=email, domain=domain),
        unsubscribe=lambda: sdk.unsubscribes.create(data=gone, domain=domain, headers=kind),
        domain=lambda: sdk.domains.get(domain_name=domain),
        templates=lambda: sdk.templates.get(domain=domain),
    )
    return {name: intercepted(call) for name, call in vars(calls).items()}


def _notified(url):
    from apprise import Apprise

    sdk = Apprise()
    assert sdk.add(url)
    return intercepted(lambda: sdk.notify(title="Order Completed", body="Thank you"))


def teams(_):
    """Post a title and a text through the webhook of a workflow."""
    host = "prod-12.westeurope.logic.azure.com:443"
    return {"post": _notified(f"workflows://{host}/0123456789abcdef/1a2b3c4d5e6f/")}


def ntfy(_):
    """Publish a notification with an access token."""
    token = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
    return {"publish": _notified(f"ntfys://{token}@ntfy.sh/orders?auth=token")}


def pushover(_):
    """Send a message to a user."""
    user, token = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "azGDORePK8gMaC0QOYAMyEEuzJnyUi"
    sent = _notified(f"pover://{user}@{token}/?format=text")
    return {"send": {**sent, "data": {name: each[0] for name, each in sent["data"].items()}}}


def matrix(peer):
    """Sign in with a password, and post a notice, with matrix-nio."""
    from nio import AsyncClient

    login = {"access_token": "syt_1a2b", "device_id": "D1", "user_id": "@reporter:example.org"}
    peer.otherwise(Reply(json={**login, "event_id": "$1"}))
    notice = {"msgtype": "m.notice", "body": "Order Completed"}

    async def sent(call):
        sdk = AsyncClient(peer.url, "reporter")
        sdk.access_token = "syt_1a2b"
        await call(sdk)
        await sdk.close()

    def post(sdk):
        room = "!abcdefg:example.org"
        return sdk.room_send(room, "m.room.message", notice, tx_id="m-1")

    return {
        "login": record(
            peer, lambda: run(sent(lambda sdk: sdk.login("correct horse", "portcall")))
        ),
        "post_message": record(peer, lambda: run(sent(post))),
        "test": record(peer, lambda: run(sent(lambda sdk: sdk.whoami()))),
    }
