import json
import runpy
from pathlib import Path

import attrs
import pytest

from portcall import Choices, action, dynamic, field
from portcall.actions.offered_choices import offered_names
from portcall.cli.destinations.described import describe_action
from portcall.cli.destinations.description import is_dynamic

INSTALL = runpy.run_path(str(Path(__file__).parent / "plugins.py"))["install"]

RICH = '''
"""Rich: an action with everything that there is to say."""
import attrs
from portcall import Choices, Preset, action, dynamic, field, hookimpl, path, template

@attrs.frozen
class Settings:
    region: str = field(label="Region", choices=["eu", "us"], default="eu", category="Advanced")

@attrs.frozen
class Line:
    sku: str = field(label="SKU")

@attrs.frozen
class Member:
    list_id: str = field(label="List", choices=dynamic, description="Which list.")
    email: str | None = field(label="Email", default=path("$.email"), required={"phone": None})
    phone: str | None = field(label="Phone", default=None, depends_on={"kind": ["sms", "call"]})
    kind: str = field(label="Kind", choices=["mail", "sms", "call"], default="mail")
    note: str = field(label="Note", default=template("{{properties.note}}" + " and so on" * 9))
    lines: list[Line] = field(label="Lines", default=[])

@attrs.frozen
class Saving:
    folder: str = field(label="Folder")

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["rich.example"]

@action(
    title="Add", subscribe='type = "identify"', idempotent=True, sync_modes=["upsert", "delete"],
    full_sync=True, presets=[Preset("Orders", 'event = "Order"', {"email": path("$.to")})],
)
def add(client, payload: Member): pass

@add.batch(size=100, size_bytes=5000, item_bytes=400, keys=["list_id", "kind"])
def many(client, payloads, membership): pass

@add.choices("list_id")
def lists(client): return Choices(["a"])

@add.on_save
def save(client, payload: Saving): return {}

@add.create_audience
def create(client, name): return "1"

@action(title="Say")
def say(client, payload: Line, idempotency_key): pass

@hookimpl
def actions(): return [add, say]
'''


@pytest.fixture
def rich(run, tmp_path, monkeypatch):
    """Run ``portcall describe`` with the plugin above."""
    INSTALL(tmp_path, "rich", RICH)
    monkeypatch.syspath_prepend(tmp_path)
    return lambda *arguments: run("describe", "rich", *arguments)


def test_it_says_fields_hosts_and_actions(run):
    outcome = run("describe", "good", "--json")
    said = json.loads(outcome.out)
    fields = {field["name"]: field for field in said["fields"]}
    assert outcome.code == 0
    assert said["scheme"] == "basic"
    assert said["distribution"] == "portcall-good"
    assert list(fields) == ["username", "password", "endpoint", "region", "tags", "note"]
    assert fields["password"]["kind"] == "secret"
    assert fields["password"]["required"] is True
    assert fields["endpoint"]["env"] == "PORTCALL_GOOD_ENDPOINT"
    assert [choice["value"] for choice in fields["region"]["choices"]] == ["eu", "us"]
    assert said["hosts"] == ["{endpoint}"]
    track = said["actions"][0]
    assert (track["name"], track["title"], track["subscribe"]) == (
        "track",
        "Track",
        'type = "track"',
    )
    assert track["mapping"]["name"] == {"@path": "$.event"}
    assert [field["name"] for field in track["fields"]] == ["name", "total"]


def test_what_a_plugin_prints_is_not_among_the_results(run):
    outcome = run("describe", "good", "--json")
    json.loads(outcome.out)
    assert "hello from an import" in outcome.err


def test_for_people_it_is_one_page(run):
    out = run("describe", "good").out
    assert "good (portcall-good 1.2.3), scheme basic" in out
    assert "region: Region (string, optional, default eu, one of eu | us)" in out
    assert "PORTCALL_GOOD_REGION" in out
    assert "the origin of the field 'endpoint'" in out
    assert "    name   string  required  from $.event\n" in out
    assert "    total  number  optional  from $.properties.total\n" in out
    assert "portcall describe good track" in out


def test_the_only_action_is_shown_in_full(run):
    out = run("describe", "keyed").out
    assert "    event: Event (object, required, from $)" in out
    assert "One action" not in out


def test_several_actions_are_aligned_tables_that_say_what_each_field_needs(rich):
    out = rich().out
    assert "region: Region (string, optional, default eu, one of eu | us, under Advanced)" in out
    rows = [line for line in out.splitlines() if line.startswith("    ") and line[4] != " "]
    assert rows == [
        "    list_id  string  required  dynamic choices: portcall choices rich add list_id",
        "    email    string  maybe     required if phone is not given, from $.email",
        "    phone    string  optional  only if kind is sms or call",
        "    kind     string  optional  default mail, one of mail | sms | call",
        "    note     string  required  " + rows[4][31:],
        "    lines    list    optional  default []",
        "    sku  string  required",
    ]
    assert rows[4].endswith("...")
    assert len(rows[4]) < 100


def test_one_action_is_shown_in_full(rich):
    outcome = rich("add")
    assert outcome.code == 0
    assert "Say" not in outcome.out
    assert outcome.out.startswith('add: Add [type = "identify"]\n')
    for said in (
        "idempotent: twice does no harm",
        "batches of at most 100 events, 5000 bytes, 400 bytes each, all with the same list_id and kind",
        "sync modes: upsert, delete",
        "audiences: create_audience, membership, full_sync",
        'preset Orders [event = "Order"]\n      email from $.to',
        "list_id: List (string, required)\n      Which list.\n"
        "      dynamic choices: portcall choices rich add list_id",
        "email: Email (string, required if phone is not given, from $.email)",
        "phone: Phone (string, optional, only if kind is sms or call)",
        " and so on" * 9,
        "lines: Lines (list, optional, default [])\n      sku: SKU (string, required)",
        "asked for when it is saved\n    folder: Folder (string, required)",
    ):
        assert said in outcome.out, said


def test_json_has_everything_that_an_action_declares(rich):
    add, say = json.loads(rich("--json").out)["actions"]
    assert add["batch"] == {
        "size": 100, "size_bytes": 5000, "item_bytes": 400, "keys": ["list_id", "kind"],
    }  # fmt: skip
    assert (add["repeats"], say["repeats"]) == ("idempotent", "key")
    assert add["sync_modes"] == ["upsert", "delete"]
    assert add["audience"] == ["create_audience", "membership", "full_sync"]
    assert add["presets"] == [
        {"name": "Orders", "subscribe": 'event = "Order"', "mapping": {"email": {"@path": "$.to"}}}
    ]
    assert [field["name"] for field in add["on_save"]] == ["folder"]
    assert add["fields"][1]["required_if"] == {"phone": None}
    assert json.loads(rich("add", "--json").out) == add


def test_an_unknown_action_gets_the_near_one(rich):
    outcome = rich("ad")
    assert outcome.code == 2
    assert "no action 'ad'; did you mean 'add'?" in outcome.err


def test_an_oauth2_destination_takes_tokens_beside_its_fields(run):
    said = json.loads(run("describe", "bearer", "--json").out)
    assert [each["env"] for each in said["credentials"]] == [
        "PORTCALL_BEARER_ACCESS_TOKEN",
        "PORTCALL_BEARER_REFRESH_TOKEN",
        "PORTCALL_BEARER_CLIENT_ID",
        "PORTCALL_BEARER_CLIENT_SECRET",
    ]


def test_hosts_that_need_settings_are_said_to_need_them(run):
    assert json.loads(run("describe", "chatty", "--json").out)["hosts"] == ["depends on settings"]


def test_an_unknown_slug_gets_the_near_one(run):
    outcome = run("describe", "god")
    assert outcome.code == 2
    assert "did you mean 'good'?" in outcome.err


def test_a_broken_plugin_is_one_line_that_names_it(run):
    for slug in ("boom", "quitter", "misspelt", "twin"):
        outcome = run("describe", slug)
        assert outcome.code == 2, slug
        assert "Traceback" not in outcome.both
        assert outcome.err.startswith("Error: ")
        assert "portcall-" in outcome.err


@attrs.frozen
class Listing:
    listed: str = field(label="Listed", choices=dynamic)
    unlisted: str = field(label="Unlisted", choices=dynamic)
    several: list[str] = field(label="Several", choices=dynamic)
    fixed: str = field(label="Fixed", choices=["a"])


def test_only_what_choices_lists_is_called_dynamic():
    @action(title="Add")
    def add(payload: Listing):
        """Add one."""

    @add.choices("listed")
    def listed():
        return Choices(["x"])

    described = {each["name"]: each for each in describe_action(add)["fields"]}
    dynamic_names = [name for name, each in described.items() if is_dynamic(each)]
    assert dynamic_names == offered_names(add) == ["listed"]
    assert "choices" not in described["unlisted"]
    assert described["fixed"]["choices"] == [{"value": "a", "label": "a"}]


def test_markdown_goes_into_the_marked_place_of_a_readme(run, tmp_path):
    readme = tmp_path / "README.md"
    marks = "<!-- portcall describe good --markdown -->", "<!-- end -->"
    readme.write_text(f"# Good\n\n{marks[0]}\nold\n{marks[1]}\n\nMore.\n")
    assert run("describe", "good", "--markdown", "--into", readme).code == 0
    printed = run("describe", "good", "--markdown").out
    assert readme.read_text() == f"# Good\n\n{marks[0]}\n{printed}{marks[1]}\n\nMore.\n"
    assert [path.name for path in tmp_path.glob("*README*")] == ["README.md"]


@pytest.mark.parametrize("text", ["# Good\n", "<!-- portcall describe good --markdown -->\n"])
def test_a_readme_without_that_place_stays_as_it_is(run, tmp_path, text):
    readme = tmp_path / "README.md"
    readme.write_text(text)
    outcome = run("describe", "good", "--markdown", "--into", readme)
    assert (outcome.code, readme.read_text()) == (2, text)
    assert "has no place for it between" in outcome.err
    assert run("describe", "good", "--into", readme).code == 2
