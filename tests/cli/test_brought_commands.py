"""Commands that other distributions bring, through the entry point group ``portcall.commands``."""

import sys

import pytest

from portcall.cli.flags.help_page import help_page
from portcall.cli.flags.quick_completion import quick_completion

COUNT = """
import click
from portcall import Secret
from portcall.cli.authors import Command, Exit, State, json_option, write, write_json

@click.command("count", cls=Command)
@click.option("--secret", default="")
@json_option
@click.pass_obj
def command(state: State, secret: str, *, as_json: bool):
    "Count things."
    state.remember(Secret(secret))
    if as_json:
        write_json({"count": 3}, state)
    else:
        write(f"3 things {state.line(secret)}")
    return Exit.UNCHECKED
"""


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Install a distribution with commands, in a folder that is on the import path."""
    folder = tmp_path / "brought"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def install(distribution, commands, source=COUNT, attribute=":command"):
        module = distribution.replace("-", "_") + "_cli_test"
        (folder / f"{module}.py").write_text(source)
        info = folder / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {distribution}\nVersion: 1.2.3\n"
            f"Summary: Tools of {distribution}.\n\nSummary: no header\n"
        )
        lines = "".join(f"{name} = {module}{attribute}\n" for name in commands)
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\nx = y\n[portcall.commands]\n{lines}"
        )
        return module

    return install


def test_a_command_of_another_distribution_runs(run, bring):
    bring("acme-tools", ["count"])
    assert (run("count").out, run("count").code) == ("3 things \n", 5)
    assert run("count", "--json").out == '{\n  "count": 3\n}\n'
    assert "Usage: portcall count [OPTIONS]" in run("count", "--help").out


def test_what_a_command_remembers_is_never_shown(run, bring):
    bring("acme-tools", ["count"])
    assert run("count", "--secret", "zq9-secret-zq9").out == "3 things ***\n"


def test_help_lists_it_with_its_distribution_and_imports_nothing(run, bring):
    module = bring("acme-tools", ["count", "sum"])
    page = run("--help").out
    assert (
        "Commands of acme-tools: Tools of acme-tools.\n  count  See: portcall count --help\n"
        in page
    )
    assert "\n  sum    See: portcall sum --help\n" in page
    assert "no header" not in page
    assert module not in sys.modules


def test_shells_complete_it_and_a_misspelt_name_leads_to_it(run, bring, monkeypatch):
    bring("acme-tools", ["count"])
    asked = {"COMP_WORDS": "portcall cou", "COMP_CWORD": "1"}
    assert quick_completion("bash_complete", asked) == "plain,count"
    asked["COMP_WORDS"] = "portcall --debug cou"  # what click itself answers
    env = {"_PORTCALL_COMPLETE": "bash_complete", **asked, "COMP_CWORD": "2"}
    assert run(env=env).out == "plain,count\n"
    assert "did you mean 'count'?" in run("coutn").err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('out of\\nlines')", "RuntimeError: out of"),
        ("raise SystemExit(0)", "SystemExit"),
        ("import not_there_at_all", "not_there_at_all"),
        ("command = 3", "is of type int; it must be a click.Command"),
        ("other = 3", "command"),
    ],
)
def test_one_that_is_broken_fails_alone_and_is_named(run, bring, source, said):
    bring("acme-tools", ["count"])
    bring("broken-tools", ["counter"], source)
    failed = run("counter")
    assert failed.code == 2
    assert "'counter' from broken-tools 1.2.3" in failed.err
    assert said in failed.err
    assert "Traceback" not in failed.err
    assert run("count").out == "3 things \n"
    asked = {"COMP_WORDS": "portcall --debug cou", "COMP_CWORD": "2"}
    offered = run(env={"_PORTCALL_COMPLETE": "bash_complete", **asked}).out
    assert offered == "plain,count\n"


def test_a_name_of_portcalls_own_is_refused_and_the_command_stays(run, bring):
    module = bring("greedy-tools", ["send", "count"])
    assert "Deliver" in run("send", "--help").out
    assert module not in sys.modules
    page = " ".join(help_page(100).split())
    assert "Commands of greedy-tools: Tools of greedy-tools. count See:" in page
    assert "'send' of greedy-tools is refused: portcall has a command of this name." in page


def test_a_name_that_two_distributions_offer_is_refused_with_both_names(run, bring):
    bring("acme-tools", ["count"])
    bring("other-tools", ["count", "sum"])
    failed = run("count")
    assert failed.code == 2
    assert "acme-tools 1.2.3" in failed.err
    assert "other-tools 1.2.3" in failed.err
    page = " ".join(help_page(100).split())
    assert "'count' is refused: it is offered by acme-tools and other-tools" in page
    assert "Commands of other-tools: Tools of other-tools. sum See:" in page
    assert (
        quick_completion("bash_complete", {"COMP_WORDS": "portcall cou", "COMP_CWORD": "1"}) == ""
    )


@pytest.mark.parametrize(
    "advert",
    [
        b"\xff\xfe[portcall.commands]\n",
        b"[portcall.commands]\n= x\n==\n#a = b\n",
        b"portcall.commands",
    ],
)
def test_metadata_that_cannot_be_read_hides_no_other_command(run, bring, tmp_path, advert):
    bring("acme-tools", ["count"])
    odd = tmp_path / "brought" / "odd-1.dist-info"
    odd.mkdir()
    (odd / "entry_points.txt").write_bytes(advert)
    assert "Commands of acme-tools:" in run("--help").out
    assert run("count").code == 5


def test_a_command_that_this_project_publishes_says_what_to_install(run, monkeypatch):
    from portcall.cli.flags import brought_command

    monkeypatch.setattr(brought_command, "survey", lambda *_: {"commands": {}})
    assert "no command 'serve'; try: pip install portcall-server" in run("serve").err


def test_the_list_of_plugins_has_commands(run, bring):
    bring("acme-tools", ["count"])
    assert "commands" in run("plugins", "list").out
