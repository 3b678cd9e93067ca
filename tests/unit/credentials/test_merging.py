"""A refresh keeps what its answer does not mention."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from portcall import Auth, Secret
from portcall.credentials.merging import merge

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OLD = Auth(
    access_token="a0",
    refresh_token="r0",
    token_secret="s0",
    token_type="bot",
    expires_at=NOW - timedelta(seconds=1),
    issued_at=NOW - timedelta(hours=1),
    scopes=("read", "write"),
    state={"api_url": "https://eu.example.com", "csrf": Secret("c0")},
)


def test_only_an_access_token_keeps_all_the_rest():
    fresh = merge(Auth(access_token="a1"), OLD, NOW)
    assert fresh == attrs.evolve(OLD, access_token="a1", expires_at=None, issued_at=None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"refresh_token": "r1"}, {"refresh_token": Secret("r1")}),
        ({"scopes": ("read",)}, {"scopes": ("read",)}),
        ({"token_type": "mac"}, {"token_type": "mac"}),
        ({"state": {"csrf": "c1"}}, {"state": {"api_url": "https://eu.example.com", "csrf": "c1"}}),
    ],
)
def test_what_the_answer_mentions_replaces_what_was_there(given, kept):
    fresh = merge(Auth(access_token="a1", **given), OLD, NOW)
    bare = attrs.evolve(OLD, access_token="a1", expires_at=None, issued_at=None)
    assert fresh == attrs.evolve(bare, **kept)


def test_an_empty_text_gives_up_what_was_there():
    fresh = merge(Auth(access_token="a1", refresh_token="", state={"csrf": ""}), OLD, NOW)
    assert fresh.refresh_token is None
    assert fresh.state == {"api_url": "https://eu.example.com"}


def test_an_end_that_is_over_was_that_of_the_old_token():
    assert merge(attrs.evolve(OLD, access_token="a1"), OLD, NOW).expires_at is None
    ahead = attrs.evolve(OLD, expires_at=NOW + timedelta(hours=1))
    assert merge(attrs.evolve(ahead, access_token="a1"), ahead, NOW).expires_at == ahead.expires_at


def test_the_hosts_own_client_is_never_kept():
    fresh = merge(Auth(access_token="a1", client_id="app", client_secret="hush"), OLD, NOW)
    assert (fresh.client_id, fresh.client_secret) == (None, None)
