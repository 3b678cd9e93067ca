"""Segment's own npm packages, for the tests that compare with them."""

import json
import os
import subprocess

import pytest
from tests.realservers.installing import NotInstallableError, node_packages

# The versions that the recorded cases are from.
PACKAGES = (
    "@segment/actions-core@3.170.0",
    "@segment/destination-subscriptions@3.37.0",
    "liquidjs@10.27.2",
)


@pytest.fixture(scope="session")
def case_count():
    """Return how many random cases are compared: 1000, and 5000 if ``PORTCALL_DIFFERENTIAL`` is set."""
    return 5000 if os.environ.get("PORTCALL_DIFFERENTIAL") else 1000


@pytest.fixture(scope="session")
def segment():
    """Return a function that runs a script for each case, in Node in UTC, and returns the answers."""
    try:
        node, folder = node_packages("segment", *PACKAGES)
    except NotInstallableError as error:
        pytest.skip(f"Segment's packages cannot be installed: {error}")

    def run(script, cases):
        lines = "\n".join(json.dumps(case) for case in cases)
        done = subprocess.run(
            [node, "-e", _PROGRAM.replace("ANSWER", script)],
            cwd=folder,
            input=lines,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "TZ": "UTC"},
            check=True,
        )
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    return run


_PROGRAM = """
const {parseFql, validate} = require('@segment/destination-subscriptions');
const {transform} = require('@segment/actions-core/mapping-kit');
const answer = ANSWER;
require('readline').createInterface({input: process.stdin})
  .on('line', line => console.log(JSON.stringify(answer(...JSON.parse(line)))));
"""
