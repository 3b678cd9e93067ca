"""With ``--json``, what went wrong is JSON on standard error; standard output stays as it is."""

import json

import pytest


def _error(outcome):
    lines = [line for line in outcome.err.splitlines() if line.startswith('{"error"')]
    assert len(lines) == 1, outcome.err
    error = json.loads(lines[0])["error"]
    assert error["exit_code"] == outcome.code
    return error


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["describe", "nothing-like-it"], "UnknownPluginError"),
        (["send", "good", "trac", "-"], "UsageError"),
        (["test", "good", "--timeout", "soon"], "UsageError"),
        (["connect", "good", "--set", "endpoint=x"], "SettingsError"),
    ],
)
def test_an_error_is_one_line_of_json(run, words, kind):
    for options in ([*words, "--json"], [words[0], "--json", *words[1:]]):
        error = _error(run(*options))
        assert error["kind"] == kind
        assert error["message"]


def test_problems_are_listed_by_their_fields_without_what_was_typed(run):
    outcome = run("connect", "good", "--json", "--set", "endpoint=no-secret-url")
    error = _error(outcome)
    assert "username" in [problem["path"] for problem in error["problems"]]
    assert all(problem["message"] for problem in error["problems"])


def test_a_refusal_has_its_exit_code_and_no_secret(run, good, acme):
    outcome = run("connect", "good", *good[:-1], "password=wr0ng-secret", "--json")
    assert _error(outcome)["exit_code"] == 3
    assert "wr0ng-secret" not in outcome.both
    assert outcome.out == ""


def test_without_it_errors_are_for_people(run):
    outcome = run("describe", "nothing-like-it")
    assert outcome.err.startswith("Error: ")
