"""What destinations send, beside what SDKs sent of the same events."""

import json
from contextlib import suppress
from datetime import datetime
from functools import cache
from urllib.parse import unquote

import pytest

from portcall.testing import StandInHost

from .exercising import FORGET, deliver
from .packages import played

# What a library for HTTP adds of its own, and what is compared apart.
COMMON = {"accept-language", "sec-fetch-mode", "authorization", "content-type"}
# What these recorded is compared in their own tests, with other settings or events.
APART = {
    "brevo", "customerio", "google-ads", "intercom", "iterable", "mailgun", "matomo", "ntfy", "plausible",
    "pushover", "shopify",
}  # fmt: skip
RECORDED = [
    pytest.param(package, name, id=f"{package.slug}-{name}")
    for package in played()
    for name in package.sdk
    if package.slug not in APART
    and (name in {*package.stand_in().events, "delete", "test"} or name.startswith("choices "))
]


@pytest.mark.parametrize(("package", "name"), RECORDED)
def test_a_request_is_that_of_the_sdk(package, name):
    ours, theirs = sent(package)[name], package.sdk[name]
    headers = {each.lower(): value for each, value in ours.headers.items()}
    differences = [each for each in package.differences if each.get("call", name) == name]
    gone = {each["header"] for each in differences if "header" in each}
    path = unquote(ours.path).rstrip("/")
    assert (ours.method, path) == (theirs["method"], unquote(theirs["path"]).rstrip("/"))
    # A page of choices may be longer than an SDK asks for.
    assert {n: v for n, v in ours.query.items() if n != "limit"} == theirs["query"]
    assert headers["host"] == theirs.get("host", headers["host"])
    assert headers.get("authorization") == theirs["authorization"]
    expected = {n: v for n, v in theirs["headers"].items() if n not in COMMON | gone}
    assert {each: headers.get(each) for each in expected} == expected
    fields = {each["field"] for each in differences if "field" in each}
    body = ours.json() if ours.body else None
    assert (plain(body, fields) or None) == (plain(theirs["data"], fields) or None)


@cache
def sent(package):
    """Return what arrives of each recorded request: an event, the connection's test, choices of a field."""
    api, found = package.stand_in(), {}
    with StandInHost() as host:
        peer, label = api(host), next(iter(api.settings))
        connection = api.connect(host, package.slug, **api.settings[label])
        actions = connection.destination.actions
        for name in package.sdk:
            if name == "test":
                connection.test()
            elif name.startswith("choices "):
                action, _, field = name.removeprefix("choices ").partition(".")
                connection.choices(actions[action], field, payload=api.mappings.get(action, {}))
            elif name in actions:
                event = api.events.get(name, FORGET)
                deliver(connection, name, event, mapping=api.mapping(actions[name]), subscribe=None)
            found[name] = peer.requests[-1] if peer.requests else None
    return found


def plain(node, gone):
    """Return a body without what is empty or known to differ; times as instants, lists of one as that one."""
    if isinstance(node, dict):
        kept = {name: plain(each, gone) for name, each in node.items() if name not in gone}
        return {name: each for name, each in kept.items() if each not in (None, {}, [], "")}
    if isinstance(node, list):
        return plain(node[0], gone) if len(node) == 1 else [plain(each, gone) for each in node]
    if isinstance(node, str):
        with suppress(ValueError):
            return datetime.fromisoformat(node)
    return node


def test_every_difference_has_its_reason_and_its_place():
    for package in played():
        text = json.dumps(package.sdk).lower()
        for each in package.differences:
            assert each["reason"].endswith(".")
            assert f'"{each.get("field", each.get("header"))}"'.lower() in text, package.slug
