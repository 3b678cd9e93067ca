"""What an answer or a request carried is forgotten: no memory of the process holds a secret of theirs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from portcall import Client, Host, RequestOptions, Secret, field, hookimpl

_TEXTS = (str, bytes, bytearray)

# Each is written backwards, as the test's own constants would be found, too.
COOKIE, HEADER, LOCATION = "1-eikooc-terces", "2-redaeh-terces", "3-noitacol-terces"
TOKEN, IN_PATH = "4-nekot-terces", "5-htap-terces"


@attrs.frozen
class Settings:
    """The URL, which ends in a secret of the customer, and a token."""

    endpoint: str = field(label="Endpoint", format="uri")
    token: Secret = field(label="Token")


class Acme:
    """An API that has one secret in its path and one in a header."""

    @hookimpl
    def auth_fields(self) -> type[Settings]:
        return Settings

    @hookimpl
    def allowed_hosts(self) -> list[str]:
        return ["{endpoint}"]

    @hookimpl
    def extend_request(self, settings: Settings) -> RequestOptions:
        return RequestOptions(
            base_url=settings.endpoint, headers={"authorization": f"Bearer {settings.token}"}
        )

    @hookimpl
    def test_authentication(self, client: Client) -> str:
        return client.get("/me").headers["content-type"]


def answer(connection: Any) -> None:
    """Answer each request with three secrets and fields that are the same each time."""
    while connection.request():
        connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
            b"Set-Cookie: id=%b\r\nX-Subject-Token: %b\r\nContent-Location: /%b\r\n\r\nok"
            % tuple(text[::-1].encode() for text in (COOKIE, HEADER, LOCATION))
        )


@pytest.fixture
def host() -> Iterator[Host]:
    with Host(plugins={"acme": Acme()}, allow_private=["127.0.0.1"]) as host:
        yield host


def holders(backwards: str) -> list[str]:
    """Return the types of all objects of the process that hold a text with this secret in it."""
    gc.collect()
    secret = backwards[::-1]
    needles = {str: secret, bytes: secret.encode(), bytearray: secret.encode()}
    found, untracked = [], []
    for holder in gc.get_objects():
        untracked.append(holder)
        while untracked:
            for each in gc.get_referents(untracked.pop()):
                kind = type(each)
                if kind in _TEXTS:
                    if needles[kind] in each and each not in needles.values():
                        found.append(f"{type(holder).__name__}: {each!r:.60}")
                elif kind in (tuple, dict) and not gc.is_tracked(each):
                    untracked.append(each)
    return found


def test_what_an_answer_carried_is_forgotten_while_its_connection_lives(
    host: Host, serve: Any
) -> None:
    peer = serve(answer)
    connection = host.destination("acme").connect({"endpoint": peer.url(), "token": TOKEN})
    assert [connection.test(), connection.test()] == ["text/plain"] * 2
    peer.close()
    for secret in (COOKIE, HEADER, LOCATION):
        assert not holders(secret)


def test_what_a_request_carried_is_forgotten_with_its_connection(host: Host, serve: Any) -> None:
    peer = serve(answer)
    settings = {"endpoint": peer.url(f"/{IN_PATH[::-1]}"), "token": TOKEN[::-1]}
    assert host.destination("acme").connect(settings).test() == "text/plain"
    settings.clear()
    peer.close()
    assert f"/{IN_PATH[::-1]}/me" in str(peer.requests.pop())
    assert not holders(TOKEN)
    assert not holders(IN_PATH)
