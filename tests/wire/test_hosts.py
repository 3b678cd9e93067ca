"""However hostile the settings, nothing is looked up or connected to outside the declaration."""

from __future__ import annotations

import json
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from urllib3.util import parse_url

from portcall.hosts.addresses import is_public


@pytest.fixture(scope="module")
def report():
    program = Path(__file__).with_name("hostile_hosts.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", program], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def of(report, slug):
    return [row[1:] for row in report if row[0] == slug]


def test_there_are_enough_values(report):
    assert len(of(report, "below")) >= 2000
    assert len(of(report, "typed")) >= 2000


def test_a_pasted_subdomain_leads_nowhere_else(report):
    outside = [
        (value, seen)
        for value, _, seen in of(report, "below")
        for event, host, port in seen
        if event != "socket.getaddrinfo" or port != 443 or not host.endswith(".example.com")
    ]
    assert outside == []


def test_some_subdomains_are_fine(report):
    assert sum(bool(seen) for _, _, seen in of(report, "below")) > 10


def test_every_refusal_is_one_of_ours_and_keeps_the_secret(report):
    kinds = {outcome for _, _, outcome, _ in report}
    assert kinds == {"ConnectError", "PolicyError", "RefusedAddressError", "SettingsError"}


def test_a_typed_url_leads_where_every_reader_says(report):
    for value, _, seen in of(report, "typed"):
        for event, host, port in seen:
            assert event == "socket.getaddrinfo" or is_public(ip_address(host)), value
            assert port == (urlsplit(value).port or 443), value
            assert host == parse_url(value).host, value
            assert value.lower().startswith("https://")


def test_some_typed_urls_are_fine(report):
    assert sum(bool(seen) for _, _, seen in of(report, "typed")) > 10
