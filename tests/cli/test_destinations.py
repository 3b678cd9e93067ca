import json
import time

from portcall.cli.destinations.load_check import check

BROKEN = {"boom", "quitter", "misspelt"}


def _rows(outcome):
    return {(row["slug"], row["distribution"]): row for row in json.loads(outcome.out)}


def test_every_plugin_is_listed_and_the_broken_ones_are_marked(process):
    outcome = process("destinations", "--json")
    rows = _rows(outcome)
    assert outcome.code == 0
    assert outcome.err == ""
    assert rows["good", "portcall-good"] == {
        "slug": "good",
        "scheme": "basic",
        "distribution": "portcall-good",
        "version": "1.2.3",
        "status": "ok",
        "reason": "",
    }
    assert {slug for (slug, _), row in rows.items() if row["status"] == "broken"} >= BROKEN
    assert "RuntimeError: out of" in rows["boom", "portcall-boom"]["reason"]
    assert "SystemExit" in rows["quitter", "portcall-quitter"]["reason"]
    assert "allowed_hosts" in rows["misspelt", "portcall-misspelt"]["reason"]


def test_two_distributions_with_one_slug_are_both_marked(process):
    rows = _rows(process("destinations", "--json"))
    for name in ("portcall-twin", "portcall-other-twin"):
        assert rows["twin", name]["status"] == "ambiguous"
        assert "uninstall all but one" in rows["twin", name]["reason"]


def test_the_list_for_people_has_one_line_for_each_and_the_reasons_below(process):
    lines = process("destinations").out.splitlines()
    assert lines[0].split() == ["slug", "scheme", "distribution", "version", "status"]
    assert ["good", "basic", "portcall-good", "1.2.3", "ok"] in [line.split() for line in lines]
    assert "out of lines" in next(line for line in lines if line.startswith("boom: "))
    assert sum(line.startswith("twin: ") for line in lines) == 1


def test_metadata_alone_imports_no_plugin(process, environ):
    env = {"PYTHONPROFILEIMPORTTIME": "1"}
    outcome = process("destinations", "--no-check", "--json", env=env)
    assert "_cli_test" not in outcome.err
    assert _rows(outcome)["good", "portcall-good"]["status"] == "unchecked"
    assert _rows(outcome)["twin", "portcall-twin"]["status"] == "ambiguous"


def test_without_destinations_it_says_how_to_get_one(run, monkeypatch):
    from portcall.cli.destinations import installed_catalog
    from portcall.plugins.catalog import Catalog

    monkeypatch.setattr(installed_catalog, "survey", lambda *_: {"destinations": Catalog()})
    outcome = run("destinations", "--no-check")
    assert (outcome.code, outcome.out) == (0, "")
    assert "portcall plugins list --available" in outcome.err


def _load(slug):
    if slug == "hangs":
        time.sleep(60)
    if slug == "dies":
        import os

        os._exit(3)
    if slug == "bad":
        raise ValueError("no")
    return "custom"


CHILD = """
import sys, json, runpy
sys.path[:0] = sys.argv[2:]
from portcall.cli.destinations.load_check import check
load = runpy.run_path(sys.argv[1])["_load"]
found = check(load, ["a", "hangs", "b", "dies", "bad", "c"], patience_s=0.5)
print(json.dumps({slug: [f.scheme, f.reason] for slug, f in found.items()}))
"""


def test_a_plugin_that_hangs_or_dies_costs_only_itself(environ):
    import subprocess
    import sys

    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, __file__],
        env=environ,
        capture_output=True,
        check=True,
        timeout=30,
    )
    found = json.loads(done.stdout)
    assert time.monotonic() - start < 10
    assert list(found) == ["a", "hangs", "b", "dies", "bad", "c"]
    assert [found[slug] for slug in "abc"] == [["custom", ""]] * 3
    assert found["hangs"][1] == "takes longer than 0.5 s to load"
    assert found["dies"][1] == "ends the process that loads it"
    assert found["bad"][1] == "ValueError: no"


def test_with_threads_about_it_checks_in_this_process(peer):
    assert check(_load, ["a", "bad"])["bad"].reason == "ValueError: no"


def test_the_catalogue_lists_what_there_is_whether_it_is_installed_or_not(run):
    rows = {
        row["slug"]: row for row in json.loads(run("destinations", "--available", "--json").out)
    }
    assert rows["slack"]["distribution"] == "portcall-slack"
    assert "good" not in rows  # installed, and not published
    assert {type(row["installed"]) for row in rows.values()} == {bool}


def test_a_query_finds_what_has_all_of_its_words(run):
    def found(*words):
        rows = json.loads(run("destinations", "--available", *words, "--json").out)
        return {row["slug"] for row in rows}

    assert found("SLACK") == {"slack"}
    assert {"mailgun", "postmark", "sendgrid"} <= found("emails")
    assert found("emails templates postmark") == {"postmark"}
    said = run("destinations", "--available", "slakc")
    assert "did you mean" in said.err
    assert "slack" in said.err


def test_a_query_without_available_says_what_to_type(run):
    said = run("destinations", "slack")
    assert said.code == 2
    assert "portcall destinations --available slack" in said.err
