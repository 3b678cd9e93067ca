"""Values that a destination offers for a field, at a terminal and for programs."""

import json
import os
import pty
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from portcall.actions.choices import Choices
from portcall.actions.offered_choices import follow
from portcall.errors import HookError
from portcall.testing import Reply

INSTALL = runpy.run_path(str(Path(__file__).parent / "plugins.py"))["install"]

LISTS = '''
"""Lists: an action whose list and topics are chosen, and one that takes anything."""
import attrs
from portcall import Choices, RequestOptions, Secret, action, dynamic, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key")

@attrs.frozen
class Member:
    email: str = field(label="Email", default=path("$.email"))
    list_id: str = field(label="List", choices=dynamic)
    topics: list[str] = field(label="Topics", choices=dynamic, default=[])
    tags: list[int] = field(label="Tags", default=[])
    pin: Secret | None = field(label="PIN", default=None)
    mode: str = field(label="Mode", choices=[("add", "Add"), ("drop", "Take out")], default="add")
    lonely: str | None = field(label="Lonely", choices=dynamic, default=None)

@attrs.frozen
class Free:
    text: str = field(label="Text", default=path("$"))

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings):
    return RequestOptions(base_url=settings.endpoint, headers={"X-Key": settings.api_key})

@action(title="Add")
def add(client, payload: Member):
    client.post("/members", json={"email": payload.email})

@add.choices("list_id")
def lists(client, query, page):
    print("a plugin prints")
    said = client.get("/lists", query={"q": query, "page": page or "1"}).json()
    return Choices([(each["id"], each["name"]) for each in said["lists"]], said.get("next"))

@add.choices("topics")
def topics(client, payload):
    said = {name: getattr(value, "reveal", lambda v=value: v)() for name, value in payload.items()}
    return Choices(client.post("/topics", json=said).json())

@action(title="Say")
def say(client, payload: Free):
    client.post("/say", json={})

@hookimpl
def actions(): return [add, say]
'''


@pytest.fixture
def environ(environ, tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    INSTALL(folder, "lists", LISTS)
    return {**environ, "PYTHONPATH": f"{folder}{os.pathsep}{environ['PYTHONPATH']}"}


@pytest.fixture
def choices(run, environ, monkeypatch):
    """Run ``portcall choices`` in this process."""
    monkeypatch.syspath_prepend(environ["PYTHONPATH"].split(os.pathsep)[0])
    return lambda *arguments, **more: run("choices", "lists", *arguments, **more)


@pytest.fixture
def account(peer):
    """An account of seven lists, three a page, for who has its key."""

    def lists(request):
        if request.headers.get("x-key") != "k3y-s3cret":
            return Reply(401)
        first = int(request.query["page"][0])
        found = [{"id": n, "name": f"List {n} k3y-s3cret\x1b"} for n in range(first, first + 3)]
        more = {"next": str(first + 3)} if first + 3 <= 7 else {}
        return Reply(json={"lists": [each for each in found if each["id"] <= 7], **more})

    peer.route("GET", "/lists", lists)
    peer.route("POST", "/topics", Reply(json=["news", "offers", "events"]))
    return peer


@pytest.fixture
def connecting(account):
    return (
        *("--allow-private", "127.0.0.1"),
        *("--set", f"endpoint={account.url}"),
        *("--set", "api_key=k3y-s3cret"),
    )


def _values(outcome):
    return [each["value"] for each in json.loads(outcome.out)["items"]]


def test_a_page_is_a_table_and_says_how_to_get_the_next(choices, connecting):
    outcome = choices("add", "list_id", *connecting)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "value  label", "1      List 1 ***\N{REPLACEMENT CHARACTER}",
        "2      List 2 ***\N{REPLACEMENT CHARACTER}", "3      List 3 ***\N{REPLACEMENT CHARACTER}",
    ]  # fmt: skip
    assert "There are more: add --page 4, or --all" in outcome.err
    assert "a plugin prints" in outcome.err
    assert "k3y-s3cret" not in outcome.both


def test_for_programs_it_is_items_and_the_next_page(choices, connecting):
    said = json.loads(choices("add", "list_id", *connecting, "--json", "--page", "4").out)
    assert said == {
        "items": [{"value": n, "label": f"List {n} ***\x1b"} for n in (4, 5, 6)],
        "next_page": "7",
    }
    last = json.loads(choices("add", "list_id", *connecting, "--json", "--page", "7").out)
    assert last["next_page"] is None


def test_all_follows_the_pages_and_shows_no_progress_without_a_terminal(
    choices, connecting, account
):
    outcome = choices("add", "list_id", *connecting, "--json", "--all", "--query", "x y")
    assert _values(outcome) == [1, 2, 3, 4, 5, 6, 7]
    assert [each.query["q"] for each in account.requests] == [["x y"]] * 3
    assert "values" not in outcome.err


def test_a_limit_follows_pages_until_there_are_enough(choices, connecting, account):
    said = json.loads(choices("add", "list_id", *connecting, "--json", "--limit", "4").out)
    assert [each["value"] for each in said["items"]] == [1, 2, 3, 4]
    assert (said["left_off"], said["next_page"], len(account.requests)) == (2, "7", 2)
    assert "2 more were left off" in choices("add", "list_id", *connecting, "--limit", "4").err


def test_what_is_filled_in_reaches_the_destination_and_a_secret_of_it_no_output(
    choices, connecting, account
):
    filled = ("email=ada@x.example", "tags=[1, 2]", "pin=news-pin")
    account.route("POST", "/topics", Reply(json=["news", "has news-pin in it"]))
    options = [word for each in filled for word in ("--payload", each)]
    outcome = choices("add", "topics", *connecting, *options, "--query", "PIN", "--json")
    assert _values(outcome) == ["has *** in it"]
    sent = account.requests[-1].json()
    assert sent == {"email": "ada@x.example", "tags": [1, 2], "pin": "news-pin"}


def test_fixed_choices_are_listed_without_a_connection(choices, peer):
    outcome = choices("add", "mode")
    assert outcome.out.splitlines()[1:] == ["add    Add", "drop   Take out"]
    assert _values(choices("add", "mode", "--query", "OUT", "--json")) == ["drop"]
    assert len(peer.requests) == 0


def test_nothing_found_is_no_error(choices, connecting):
    outcome = choices("add", "topics", *connecting, "--query", "nowhere")
    assert (outcome.code, outcome.out) == (0, "")
    assert "there is no value with that text in it" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ad", "list_id"], "no action 'ad'; did you mean 'add'?"),
        (["add", "list"], "no field 'list'; did you mean 'list_id'?"),
        (["add", "email"], "lists no values for 'email'; it does for list_id, topics"),
        (["add", "lonely"], "lists no values for 'lonely'"),
        (["say", "text"], "it has no field with dynamic choices"),
        (["add", "mode", "--payload", "hunter2"], "--payload takes FIELD=VALUE"),
        (["add", "mode", "--payload", "emial=hunter2"], "did you mean 'email'?"),
        (["add", "mode", "--payload", "pin=1", "--payload", "pin=hunter2"], "given twice"),
        (["add", "mode", "--all", "--limit", "3"], "exclude each other"),
    ],
)
def test_what_cannot_be_asked_for_is_one_error_that_says_what_can(choices, arguments, said):
    outcome = choices(*arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert "hunter2" not in outcome.both


def test_refused_credentials_have_their_exit_code(choices, connecting):
    outcome = choices("add", "list_id", *connecting[:-1], "api_key=wr0ng-key")
    assert outcome.code == 3
    assert "wr0ng-key" not in outcome.both


def test_a_kept_connection_is_asked_by_its_name(run, choices, connecting):
    assert run("connect", "lists", "--name", "shop", "--no-test", *connecting).code == 0
    outcome = run("choices", "shop", "add", "list_id", *connecting[:2], "--json")
    assert _values(outcome) == [1, 2, 3]


def test_on_a_terminal_progress_is_on_stderr_only(environ, connecting):
    ours, theirs = pty.openpty()
    words = ["choices", "lists", "add", "list_id", *connecting, "--all", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "portcall", *words],
        env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
        timeout=30, check=True,
    )  # fmt: skip
    os.close(theirs)
    seen = os.read(ours, 65_536).decode()
    os.close(ours)
    assert len(json.loads(done.stdout)["items"]) == 7
    assert "6 values" in seen
    assert seen.endswith("\r")


def test_pages_end_though_a_destination_never_ends_them():
    found = follow(lambda page: Choices([page], str(int(page or 0) + 1)), None, pages=5)
    assert (len(found.items), found.next_page) == (5, "5")
    assert follow(lambda _: Choices(["a"], "same"), "same", pages=1).next_page == "same"
    with pytest.raises(HookError, match="in a circle"):
        follow(lambda _: Choices(["a"], "same"), None)


def _completed(environ, words, incomplete=""):
    """Say what a shell is offered after these words."""
    text = " ".join(["portcall", *words, incomplete])
    done = subprocess.run(
        [sys.executable, "-m", "portcall"],
        env={
            **environ,
            "_PORTCALL_COMPLETE": "bash_complete",
            "COMP_WORDS": text,
            "COMP_CWORD": str(len(words) + 1),
        },
        capture_output=True,
        timeout=30,
        check=False,
    )
    return [line.partition(",")[2] for line in done.stdout.decode().splitlines() if line]


def test_a_shell_is_offered_actions_and_the_fields_that_are_listed(environ):
    assert _completed(environ, ["choices", "lists"], "a") == ["add"]
    assert _completed(environ, ["choices", "lists", "add"]) == ["list_id", "topics"]
    assert _completed(environ, ["choices", "lists", "add"], "t") == ["topics"]
    assert _completed(environ, ["choices", "lists", "say"]) == []
    filled = ["choices", "lists", "add", "topics", "--payload"]
    assert _completed(environ, filled, "l") == ["list_id=", "lonely="]
    assert _completed(environ, ["describe", "lists"], "s") == ["say"]
