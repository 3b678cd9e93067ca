"""Tokens: given, refreshed, kept."""

import json

import pytest

LOST = "the access token was refreshed and the new one is not stored"


@pytest.fixture
def tokens(bearer):
    """Options that connect `bearer`."""
    return (
        *("--allow-private", "127.0.0.1"),
        *("--set", f"endpoint={bearer.url}"),
        *("--set", "access_token=at-0"),
        *("--set", "refresh_token=rt-0"),
        *("--set", "client_id=app"),
        *("--set", "client_secret=app-s3cret"),
    )


def _me(run, *options, **more):
    return run("request", "bearer", "get", "/me", *options, **more)


def test_tokens_come_from_options(run, tokens, bearer):
    outcome = _me(run, *tokens)
    assert outcome.code == 0
    assert LOST not in outcome.err
    assert bearer.state["grants"] == 0


def test_tokens_come_from_the_environment(run, tokens, bearer):
    env = {"PORTCALL_BEARER_ACCESS_TOKEN": "at-0"}
    assert _me(run, *tokens[:4], env=env).code == 0


def test_a_refresh_that_nothing_keeps_is_said_aloud(run, tokens, bearer):
    bearer.state["left"] = 0
    outcome = _me(run, *tokens)
    assert outcome.code == 0
    assert LOST in outcome.err
    assert "--save-auth" in outcome.err


def test_saved_tokens_go_on_where_the_last_command_ended(run, tokens, bearer, tmp_path):
    file = tmp_path / "auth.json"
    for _ in range(7):
        outcome = _me(run, *tokens, "--save-auth", file)
        assert outcome.code == 0, outcome.err
        assert LOST not in outcome.err
    assert bearer.state["grants"] == 3
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["auth"]["refresh_token"] == "rt-3"
    assert [each.name for each in tmp_path.iterdir()] == ["auth.json"]


def test_tokens_are_saved_before_they_are_used(run, tokens, bearer, tmp_path):
    from portcall.testing import Reply

    bearer.state["left"] = 0
    seen = []

    def me(request):
        if request.headers.get("authorization") == "Bearer at-0":
            return Reply(401)
        seen.append((tmp_path / "auth.json").read_text())
        return Reply(200, json={})

    bearer.route("GET", "/me", me)
    assert _me(run, *tokens, "--save-auth", tmp_path / "auth.json").code == 0
    assert '"rt-1"' in seen[0]


def test_the_file_alone_is_enough_later(run, tokens, bearer, tmp_path):
    file = tmp_path / "auth.json"
    assert _me(run, *tokens, "--save-auth", file).code == 0
    assert _me(run, *tokens[:4], "--save-auth", file).code == 0


def test_new_tokens_replace_what_the_file_has(run, tokens, bearer, tmp_path):
    file = tmp_path / "auth.json"
    assert _me(run, *tokens, "--save-auth", file).code == 0
    bearer.state.update(access="fresh", left=2)
    changed = ("--set", "access_token=fresh", *tokens[6:])
    assert _me(run, *tokens[:4], *changed, "--save-auth", file).code == 0
    assert json.loads(file.read_text())["auth"]["access_token"] == "fresh"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "holds no tokens that portcall saved"),
        ("nonsense", "holds no tokens that portcall saved"),
        ('{"portcall_auth": 99, "auth": {}}', "holds no tokens that portcall saved"),
    ],
)
def test_a_file_that_is_something_else_is_left_alone(run, tokens, tmp_path, content, said):
    file = tmp_path / "auth.json"
    file.write_text(content)
    outcome = _me(run, *tokens, "--save-auth", file)
    assert outcome.code == 2
    assert said in outcome.err
    assert file.read_text() == content


def test_the_file_of_another_destination_is_refused(run, tokens, tmp_path):
    file = tmp_path / "auth.json"
    assert _me(run, *tokens, "--save-auth", file).code == 0
    outcome = run("test", "leaver", "--save-auth", file)
    assert outcome.code == 2
    assert "holds the tokens of 'bearer', not of 'leaver'" in outcome.out


def test_a_file_that_cannot_be_written_fails_before_anything_is_sent(run, tokens, bearer):
    outcome = _me(run, *tokens, "--save-auth", "/does/not/exist/auth.json")
    assert outcome.code == 2
    assert "cannot be written" in outcome.err
    assert bearer.requests == ()


def test_a_grant_that_is_gone_asks_for_a_person(run, tokens, bearer):
    bearer.state.update(left=0, refresh="other")
    outcome = _me(run, *tokens)
    assert outcome.code == 3
    assert "authorize the connection again" in outcome.err
