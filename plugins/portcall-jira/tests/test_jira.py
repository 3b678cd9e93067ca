"""What arrives at Jira, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall import Auth
from portcall.testing import ApiStandIn, conformance

jira = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("jira")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [jira.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def test_issues_are_created_fifty_at_a_time_with_a_text_of_their_own(host):
    peer = jira(host)
    events = [jira.events["create_issue"]] * 51
    assert deliver(jira.connect(host, "jira"), "create_issue", *events) == ["delivered"] * 51
    assert sorted(len(each.json()["issueUpdates"]) for each in peer.requests) == [1, 50]
    text = {"type": "text", "text": "Disk Full by u-7"}
    assert peer.requests[0].json()["issueUpdates"][0] == {
        "fields": {
            "project": {"key": "OPS"},
            "issuetype": {"name": "Task"},
            "summary": "Disk Full",
            "description": {
                "type": "doc",
                "version": 1,
                "content": [{"type": "paragraph", "content": [text]}],
            },
        }
    }


def test_a_service_account_goes_through_the_gateway_of_its_cloud(host):
    peer = jira(host)
    settings = jira.settings["API token of a service account"]
    assert deliver(jira.connect(host, "jira", **settings), "transition") == ["delivered"]
    [request] = peer.requests
    assert request.headers["Host"] == "api.atlassian.com"
    assert request.path.startswith(f"/ex/jira/{settings['cloud_id']}/rest/api/3/issue/OPS-7/")
    assert request.json() == {"transition": {"id": "31"}}


def test_the_identity_is_a_person_and_projects_can_be_chosen(host):
    jira(host)
    connection = jira.connect(host, "jira")
    assert connection.test() == "Ada Lovelace"
    action = connection.destination.actions["create_issue"]
    [item] = connection.choices(action, "project", "oper").items
    assert (item.value, item.label) == ("OPS", "Operations")


def test_an_app_asks_for_offline_access(host):
    app = Auth(client_id="app", client_secret="app-secret-1a2b")
    cloud = "11223344-a1b2-3b33-c444-def123456789"
    settings = {"site": "acme", "method": "oauth", "oauth_cloud_id": cloud}
    connection = host.destination("jira").connect(settings, app)
    url = f"{connection.begin_authorization('https://ours.example/back').url}"
    assert url.startswith("https://auth.atlassian.com/authorize?")
    assert "offline_access" in url
    assert "audience=api.atlassian.com" in url
