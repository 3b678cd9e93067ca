"""``portcall check``: findings, places, exit codes."""

import json
import subprocess
import sys

import pytest
from tests.checks.planting import Planted, plant

UNTITLED = plant("PC141", "no title", ('title="Post a message"', 'title=""'))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return UNTITLED.write(tmp_path / "acme")


def test_a_finding_shows_place_code_severity_and_what_to_do(run, project):
    outcome = run("check", project)
    [first, advice, summary] = outcome.out.splitlines()
    assert first.startswith("acme/src/portcall_acme/__init__.py:")
    assert first.endswith("PC141 error: action 'post_message' has no title")
    assert advice == "    say in two or three words what it does: @action(title=...)"
    assert summary.startswith(f"{project}: 1 error; ")
    assert outcome.code == 1


def test_a_sound_project_passes(run, tmp_path):
    outcome = run("check", Planted("", "", {}).write(tmp_path))
    assert outcome.code == 0
    assert ": no finding; " in outcome.out


def test_programs_get_json(run, project):
    outcome = run("check", project, "--json")
    said = json.loads(outcome.out)
    assert said["ok"] is False
    assert [each["code"] for each in said["findings"]] == ["PC141"]
    assert said["findings"][0]["line"] > 1


def test_only_some_codes_are_looked_for(run, project):
    assert run("check", project, "--only", "PC140").code == 0
    wrong = run("check", project, "--only", "PC14Y")
    assert wrong.code == 2
    assert "did you mean PC14" in wrong.err


def test_an_unknown_slug_exits_with_usage(run):
    outcome = run("check", "segmnt")
    assert outcome.code == 2
    assert "did you mean 'segment'" in outcome.err


def test_a_plugin_by_its_file_is_checked_by_its_slug(run, tmp_path):
    (tmp_path / "acme.py").write_text(
        "from portcall import hookimpl\n@hookimpl\ndef allowed_hosts(): return ['api.acme.example']\n"
    )
    outcome = run("--plugin", tmp_path / "acme.py", "check", "acme", "--only", "PC140")
    assert "PC140 error: it has no actions" in outcome.out


def test_a_file_of_the_working_folder_is_imported_by_its_path(run, tmp_path, monkeypatch):
    (tmp_path / "acme.py").write_text(
        "from portcall import hookimpl\n@hookimpl\ndef allowed_hosts(): return ['api.acme.example']\n"
    )
    monkeypatch.chdir(tmp_path)
    assert "1 check passed" in run("check", "acme.py", "--only", "PC601").out


SUPERVISED = """
import sys
from portcall.cli import main
from portcall.cli.commands import check
check.IMPORT_S = check.CHECK_S = 0.5
print(main(["check", sys.argv[1], "--json", "--only", "PC1"]))
"""
BEGIN = "import os, time\nfrom portcall import hookimpl\n"
HOOKS = f"{BEGIN}@hookimpl\ndef allowed_hosts(): return ['api.acme.example']\n"


@pytest.fixture
def supervised(environ, tmp_path):
    """Check a plugin's text in a process of its own, with half a second for each step."""

    def check(text):
        path = tmp_path / "acme.py"
        path.write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", SUPERVISED, path],
            env=environ,
            capture_output=True,
            timeout=60,
            check=True,
        )
        said, _, code = done.stdout.decode().strip().rpartition("\n")
        return json.loads(said), int(code)

    return check


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("os._exit(0)", "ended the process (exit code 0)"),
        ("time.sleep(600)", "took longer than 0.5 s"),
        ("os.closerange(3, 99); time.sleep(600)", "took longer than 0.5 s"),
    ],
)
def test_a_plugin_that_ends_or_holds_up_its_process_is_a_finding(supervised, line, what):
    said, code = supervised(f"{BEGIN}{line}\n")
    [finding] = [each for each in said["findings"] if each["code"] == "PC101"]
    assert f"'acme' {what} when it was loaded" in finding["text"]
    assert code == 1
    assert "PC112" in said["skipped"]  # what needs the plugin
    assert "PC167" in said["passed"]  # what needs its text alone


def test_a_hook_that_ends_the_process_costs_its_check_and_the_later_ones(supervised):
    said, code = supervised(f"{HOOKS}@hookimpl\ndef extend_request(): os._exit(0)\n")
    [finding] = said["findings"]
    assert finding["code"] == "PC116"
    assert finding["text"] == (
        "this could not be checked: the plugin ended the process (exit code 0)"
    )
    assert code == 1
    assert {"PC101", "PC111", "PC115"} <= set(said["passed"])
    assert said["skipped"]["PC167"] == "the plugin ended the process (exit code 0) at PC116"
