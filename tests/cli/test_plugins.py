"""`portcall plugins`: which command reaches the installer, and what is asked before."""

import json
import shlex
import sys

import pytest

from portcall.cli.destinations import installer
from portcall.cli.terminal.error_messages import with_options

RECEIPT = """[tool]
requirements = [
    { name = "portcall", extras = ["cli"], specifier = ">=0.1" },
    { name = "portcall-webhook" },
    { name = "portcall-good" },
]
"""


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Programs called uv and pipx that write down what they were asked; return what they wrote."""
    folder, log = tmp_path / "bin", tmp_path / "log"
    folder.mkdir()
    for name in ("uv", "pipx"):
        script = folder / name
        script.write_text(
            f'#!/bin/sh\necho {name} "$@" >> {log}\necho output of {name}\nexit ${{FAILS:-0}}\n'
        )
        script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    return lambda: log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def prefix(tmp_path, monkeypatch):
    folder = tmp_path / "portcall-tool"
    folder.mkdir()
    monkeypatch.setattr(sys, "prefix", str(folder))
    return folder


def test_in_a_uv_tool_it_is_installed_again_with_what_it_has_and_the_new_plugin(run, tools, prefix):
    (prefix / "uv-receipt.toml").write_text(RECEIPT)
    outcome = run("plugins", "install", "segment")
    assert outcome.code == 0, outcome.both
    assert tools() == [
        "uv tool install portcall[cli]>=0.1 --with portcall-webhook --with portcall-good "
        "--with portcall-segment"
    ]
    assert "portcall-segment is installed" in outcome.out
    assert "output of uv" not in outcome.out


def test_removing_from_a_uv_tool_keeps_the_others(run, tools, prefix):
    (prefix / "uv-receipt.toml").write_text(RECEIPT)
    assert run("plugins", "remove", "good").code == 0
    assert tools() == ["uv tool install portcall[cli]>=0.1 --with portcall-webhook"]


def test_in_a_uv_tool_a_version_or_an_extra_takes_the_place_of_what_was_asked_for(
    run, tools, prefix
):
    (prefix / "uv-receipt.toml").write_text(RECEIPT)
    assert run("plugins", "install", "webhook==0.1.0", "portcall[excel]").code == 0
    assert run("plugins", "install", "--upgrade", "good", "portcall==0.2").code == 0
    assert tools() == [
        "uv tool install portcall[cli,excel]>=0.1 --with portcall-good --with portcall-webhook==0.1.0",
        "uv tool install --upgrade portcall[cli]==0.2 --with portcall-webhook --with portcall-good",
    ]


def test_an_extra_of_portcall_and_an_upgrade_are_installed_with_pipx_and_pip(
    run, tools, prefix, monkeypatch
):
    monkeypatch.setattr(installer, "find_spec", lambda name: None)
    assert run("plugins", "install", "--upgrade", "segment").code == 0
    (prefix / "pipx_metadata.json").write_text("{}")
    assert run("plugins", "install", "portcall[excel,parquet]").code == 0
    assert run("plugins", "install", "--upgrade", "segment").code == 0
    assert tools() == [
        f"uv pip install --upgrade --python {sys.executable} portcall-segment",
        "pipx inject portcall-tool portcall[excel,parquet]",
        "pipx runpip portcall-tool install --upgrade portcall-segment",
    ]


def test_what_a_uv_tool_has_from_elsewhere_is_left_to_uv(run, tools, prefix):
    receipt = '[tool]\nrequirements = [{ name = "portcall", git = "https://h.example/x" }]\n'
    (prefix / "uv-receipt.toml").write_text(receipt)
    outcome = run("plugins", "install", "segment")
    assert (outcome.code, tools()) == (2, [])
    assert "uv tool install --with" in outcome.err


def test_with_pipx_it_is_injected_and_taken_out_again(run, tools, prefix):
    (prefix / "pipx_metadata.json").write_text("{}")
    assert run("plugins", "install", "segment", "portcall-webhook==0.1.0").code == 0
    assert run("plugins", "remove", "portcall_good").code == 0
    assert tools() == [
        "pipx inject portcall-tool portcall-segment portcall-webhook==0.1.0",
        "pipx uninject portcall-tool portcall-good",
    ]


def test_in_a_venv_it_is_the_pip_of_this_python_or_uv_without_one(run, tools, prefix, monkeypatch):
    monkeypatch.setattr(installer, "find_spec", lambda name: object())
    words = json.loads(run("plugins", "install", "segment", "--dry-run", "--json").out)["command"]
    assert words == [sys.executable, "-m", "pip", "install", "portcall-segment"]
    monkeypatch.setattr(installer, "find_spec", lambda name: None)
    assert run("plugins", "install", "segment").code == 0
    assert tools() == [f"uv pip install --python {sys.executable} portcall-segment"]


@pytest.mark.parametrize(
    ("advice", "command"),
    [
        ("try: pip install portcall-segment", "portcall plugins install segment"),
        (
            "try: pip install --upgrade portcall-acme",
            "portcall plugins install --upgrade portcall-acme",
        ),
        (
            "read it: pip install 'portcall[parquet]'",
            "portcall plugins install 'portcall[parquet]'",
        ),
    ],
)
def test_errors_name_the_command_that_knows_how_portcall_was_installed(
    run, tools, prefix, advice, command
):
    said = with_options(f"{advice}; and so on")
    assert command in said
    assert " pip " not in said
    (prefix / "pipx_metadata.json").write_text("{}")
    assert run(*shlex.split(command)[1:], "--yes").code == 0
    assert len(tools()) == 1


def test_an_unknown_destination_is_advised_with_the_command(run):
    outcome = run("describe", "netsuit")
    assert outcome.code == 2
    assert "netsuite" in outcome.err
    assert "pip install" not in outcome.err


def test_a_python_of_the_system_is_left_alone(run, tools, tmp_path, monkeypatch):
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(installer.sysconfig, "get_path", lambda name: str(tmp_path))
    outcome = run("plugins", "install", "segment")
    assert (outcome.code, tools()) == (2, [])
    assert all(word in outcome.err for word in ("uv tool install", "pipx install", "-m venv"))


@pytest.mark.parametrize("name", ["acme", "portcall-acme", "segmnet"])
def test_a_name_that_is_not_known_is_never_installed_unasked(run, tools, prefix, name):
    (prefix / "pipx_metadata.json").write_text("{}")
    outcome = run("plugins", "install", name)
    assert (outcome.code, tools()) == (2, [])
    assert "anyone can publish" in outcome.err
    assert ("did you mean 'segment'" in outcome.err) == (name == "segmnet")
    assert run("plugins", "install", name, "--yes").code == 0
    assert tools() == [f"pipx inject portcall-tool {name}"]


@pytest.mark.parametrize(
    "name",
    ["--index-url=http://evil.example", "-r", "git+https://h.example/x", "a b", "../x", "", "x;y"],
)
def test_what_is_no_name_never_reaches_an_installer(run, tools, prefix, name):
    (prefix / "pipx_metadata.json").write_text("{}")
    outcome = run("plugins", "install", "--yes", "--", name)
    assert (outcome.code, tools()) == (2, [])


def test_an_installer_that_fails_is_named(run, tools, prefix, monkeypatch):
    (prefix / "pipx_metadata.json").write_text("{}")
    monkeypatch.setenv("FAILS", "7")
    outcome = run("plugins", "install", "segment")
    assert outcome.code == 2
    assert "exit code 7" in outcome.err
    assert "inject portcall-tool portcall-segment" in outcome.err


def test_only_a_plugin_that_is_installed_is_removed(run, tools, prefix):
    (prefix / "pipx_metadata.json").write_text("{}")
    for name in ("portcall", "click", "goood"):
        assert run("plugins", "remove", name).code == 2
    assert tools() == []


def test_the_list_has_what_is_installed_and_what_there_is_besides(run):
    rows = json.loads(run("plugins", "list", "--json").out)
    assert {
        "kind": "destinations",
        "slug": "good",
        "distribution": "portcall-good",
        "version": "1.2.3",
    } in rows
    available = json.loads(run("plugins", "list", "--available", "--json").out)
    assert not {row["distribution"] for row in rows} & {row["distribution"] for row in available}
