"""What arrives at GitHub, seen by a stand-in that verifies tokens and what an app signs."""

from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.testing import ApiStandIn, Reply, conformance

github = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
APP = github.settings["An installation of a GitHub App"]
TRADE = "/app/installations/12345678/access_tokens"

test_conformance = conformance("github")


def deliver(connection, name, mapping=None, **properties):
    action = connection.destination.actions[name]
    event = {"messageId": "m-1", **github.events[name]}
    event["properties"] = {**event["properties"], **properties}
    return [
        each.kind for each in connection.deliver(action, [event], mapping=mapping, subscribe="")
    ]


def test_an_issue_a_comment_a_dispatch_and_a_run_are_what_the_event_says(host):
    peer = github(host)
    connection = github.connect(host, "github")
    for name in github.events:
        assert deliver(connection, name, inputs={"env": "prod"}) == ["delivered"]
    issue, comment, dispatch, run = (request.json() for request in peer.requests)
    assert issue == {"title": "Disk Full", "body": "Disk Full by u-7"}
    assert comment == {"body": "Disk Full by u-7"}
    assert dispatch["event_type"] == "Disk Full"
    assert dispatch["client_payload"]["number"] == 1347
    assert run == {"ref": "main", "inputs": {"env": "prod"}}


@pytest.mark.parametrize("repository", ["hello", "octo/hello/../x", "../octo"])
def test_a_repository_leads_nowhere_else(host, repository):
    peer = github(host)
    assert deliver(github.connect(host, "github"), "create_issue", repository=repository) == [
        "rejected"
    ]
    assert peer.requests == ()


def test_an_app_trades_what_it_signs_for_a_token_of_its_installation_once(host):
    peer = github(host)
    connection = github.connect(host, "github", **APP)
    assert connection.test() == "installation 12345678 with 1 repositories"
    assert deliver(connection, "create_issue") == ["delivered"]
    assert len(peer.received(TRADE)) == 1
    assert connection.auth.expires_at.year == 2099


@pytest.mark.parametrize(
    ("answer", "said"),
    [(Reply(404, json={"message": "Not Found"}), "refuses the app"), (Reply(503), "at the moment")],
)
def test_an_installation_that_gives_no_token_says_why(host, answer, said):
    peer = github(host)
    github.route(peer, f"POST {TRADE}", answer)
    with pytest.raises(AuthenticationError, match=said):
        github.connect(host, "github", **APP).test()


def test_a_key_that_cannot_be_read_is_refused_without_its_text(host):
    github(host)
    connection = github.connect(host, "github", **{**APP, "private_key": "-----BEGIN 1a2b3c"})
    with pytest.raises(AuthenticationError, match="whole PEM file") as caught:
        connection.test()
    assert "1a2b3c" not in str(caught.value)


@pytest.mark.parametrize("settings", [{}, APP])
def test_repositories_can_be_chosen(host, settings):
    github(host)
    connection = github.connect(host, "github", **settings)
    action = connection.destination.actions["dispatch"]
    assert [each.value for each in connection.choices(action, "repository").items] == ["octo/hello"]
