"""``portcall send --preset``: a subscription that the destination suggests, by its name."""

import json

import pytest
from click.shell_completion import ShellComplete

from portcall.cli.app import root
from portcall.cli.state import State
from portcall.testing import Reply

SHOP = """
import attrs
from portcall import Preset, RequestOptions, action, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@attrs.frozen
class Note:
    text: str = field(label="Text", default=path("$.event"))
    channel: str = field(label="Channel", default="general")

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@action(
    title="Note",
    subscribe='type = "track"',
    presets=[
        Preset("New orders", 'event = "Order"', {"channel": "orders"}),
        Preset("Old", "event is old"),
    ],
)
def note(client, payload: Note):
    client.post("/notes", json=attrs.asdict(payload))

@hookimpl
def actions(): return [note]
"""
EVENTS = [{"type": "track", "event": "Order"}, {"type": "track", "event": "Click"}]


@pytest.fixture
def send(run, peer, tmp_path, monkeypatch):
    """Send two events through the shop of a file."""
    peer.route("POST", "/notes", Reply(204))
    (tmp_path / "shop.py").write_text(SHOP)
    monkeypatch.setenv("PORTCALL_PLUGINS", str(tmp_path / "shop.py"))
    (tmp_path / "events.ndjson").write_text("\n".join(map(json.dumps, EVENTS)))
    (tmp_path / "mapping.json").write_text('{"text": "Hello"}')
    to_peer = ("--set", f"endpoint={peer.url}", "--allow-private", "127.0.0.1")

    def runner(*arguments):
        return run("send", "shop", "note", tmp_path / "events.ndjson", *to_peer, *arguments)

    return runner


def test_the_preset_says_which_events_and_what_they_become(send, peer):
    assert send("--preset", "New orders").code == 0
    assert [each.json() for each in peer.requests] == [{"text": "Order", "channel": "orders"}]


def test_mapping_and_filter_on_the_command_line_go_before_the_preset(send, peer, tmp_path):
    given = ("--mapping", tmp_path / "mapping.json", "--subscribe", 'event = "Click"')
    assert send("--preset", "new_orders", *given).code == 0
    assert [each.json() for each in peer.requests] == [{"text": "Hello", "channel": "orders"}]


def test_explain_says_that_the_preset_fills_a_field(send):
    shown = send("--preset", "New orders", "--explain").out
    assert "preset" in next(line for line in shown.splitlines() if "channel" in line)


def test_an_unknown_preset_names_the_nearest_and_exits_2(send, peer):
    outcome = send("--preset", "Orders")
    assert outcome.code == 2
    assert "action 'note' has no preset 'Orders'" in outcome.err
    assert "'New orders'" in outcome.err
    assert not peer.requests


def test_a_broken_preset_blames_the_plugin_and_exits_2(send, peer):
    outcome = send("--preset", "Old")
    assert outcome.code == 2
    assert "shop.py" in outcome.err
    assert (
        "action 'note': the preset 'Old' cannot be used: its filter does not parse" in outcome.err
    )
    assert not peer.requests


def test_a_pipeline_blames_the_plugin_for_its_broken_preset(send, run, tmp_path):
    pipeline = tmp_path / "orders.toml"
    text = 'connection = "shop"\n[[subscriptions]]\naction = "note"\npreset = "Old"\n'
    pipeline.write_text(text)
    outcome = run("run", pipeline, tmp_path / "events.ndjson", "--set", "endpoint=http://127.0.0.1")
    assert outcome.code == 2
    assert "the preset 'Old' cannot be used" in outcome.err
    assert "subscriptions[0]" not in outcome.err


def test_a_shell_is_offered_the_presets_of_the_action(send, tmp_path):
    shell = ShellComplete(root, {"obj": State()}, "portcall", "_PORTCALL_COMPLETE")
    words = ["send", "shop", "note", str(tmp_path / "events.ndjson"), "--preset"]
    assert [each.value for each in shell.get_completions(words, "")] == ["New orders", "Old"]
    assert [each.value for each in shell.get_completions(words, "N")] == ["New orders"]


def test_describe_lists_presets_with_filter_and_mapping(send, run):
    shown = run("describe", "shop", "note").out
    assert 'preset New orders [event = "Order"]' in shown
    assert "channel from orders" in shown
