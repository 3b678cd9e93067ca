"""Segment's own npm packages, for the tests that compare with them."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PACKAGES = ("@segment/actions-core", "@segment/destination-subscriptions", "liquidjs")


@pytest.fixture(scope="session")
def segment():
    """Return a function that runs a script for each case, in Node, and gives the answers.

    An optional job: only where ``PORTCALL_DIFFERENTIAL`` is set. The packages go into the folder that
    ``PORTCALL_NODE_CACHE`` names, or into one for temporary files.
    """
    if not os.environ.get("PORTCALL_DIFFERENTIAL"):
        pytest.skip("PORTCALL_DIFFERENTIAL is not set")
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no Node here")
    default = Path(tempfile.gettempdir()) / "portcall-node"
    folder = Path(os.environ.get("PORTCALL_NODE_CACHE") or default)
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / "node_modules" / package).exists() for package in PACKAGES):
        (folder / "package.json").write_text('{"private": true}')
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        subprocess.run(install, cwd=folder, check=True, capture_output=True)

    def run(script, cases):
        lines = "\n".join(json.dumps(case) for case in cases)
        program = _PROGRAM.replace("ANSWER", script)
        command = ["node", "-e", program]
        done = subprocess.run(
            command, cwd=folder, input=lines, capture_output=True, text=True, check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


_PROGRAM = """
const {parseFql, validate} = require('@segment/destination-subscriptions');
const {transform} = require('@segment/actions-core/mapping-kit');
const answer = ANSWER;
require('readline').createInterface({input: process.stdin})
  .on('line', line => console.log(JSON.stringify(answer(...JSON.parse(line)))));
"""
