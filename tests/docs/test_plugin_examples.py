"""Every whole destination on the pages is one: it loads, connects and sends."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

import portcall
from portcall import Auth
from portcall.testing import Reply

from .pages import PAGES, ROOT, blocks_of, run_by_its_own_tests
from .transcripts import TUTORIAL

GIVEN = {
    "username": "ada",
    "password": "pw-1a2b",
    "api_key": "k-1a2b3c4d",
    "signing_key": "k-5e6f7a8b",
}
TOKENS = Auth(
    access_token="stale",
    refresh_token="refresh-7f3a",
    client_id="app-1",
    client_secret="app-secret-c0ffee",
)
WHOLE = [
    block
    for page in PAGES
    # That of the tutorial is a project of several files, which is followed as a whole.
    if page.is_file() and not run_by_its_own_tests(page) and page != TUTORIAL
    for block in blocks_of(page)
    if block.language == "python" and "@hookimpl\ndef allowed_hosts" in block.text
]


@pytest.mark.parametrize("block", WHOLE, ids=str)
def test_destination_of_a_page_loads_and_sends(block, internet):
    scope = {}
    exec(compile(block.text, str(block), "exec"), scope)
    with portcall.Host(plugins={"acme": SimpleNamespace(**scope)}) as host:
        destination = host.destination("acme")
        names = {field.name for field in destination.fields}
        given = {name: value for name, value in GIVEN.items() if name in names}
        connection = destination.connect(given, TOKENS)
        assert connection.client.post("/x", json={}).status == 200
        if destination.scheme == "oauth2":
            internet.route("POST", "/x", Reply(401), Reply(200))
            assert connection.client.post("/x", json={}).status == 200
            assert connection.auth.access_token.reveal() == "access-2-9b2d"
    [first, *_] = internet.received("/x")
    assert {"authorization", "x-api-key", "x-signature"} & set(first.headers)


def test_authorization_by_a_person_is_as_the_page_says(internet):
    blocks = blocks_of(ROOT / "docs" / "schemes.md")
    acme, program = {}, {}
    exec(next(b.text for b in blocks if "oauth2_endpoints" in b.text), acme)
    exec(next(b.text for b in blocks if "begin_authorization" in b.text), program)
    with portcall.Host(plugins={"acme": SimpleNamespace(**acme)}) as host:
        page, pending = program["begin"](host)
        asked = parse_qs(urlsplit(page).query)
        back = f"{program['BACK']}?code=c-1&state={asked['state'][0]}"
        auth = program["finish"](host, pending, back)
    assert asked["code_challenge_method"] == ["S256"]
    assert auth.access_token.reveal() == "access-2-9b2d"
    assert internet.requests[0].form["code"] == ["c-1"]
