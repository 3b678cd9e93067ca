"""What arrives at Matomo, beside what its own tracker sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
matomo = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("matomo")


def tracked(host, name, count=1, **settings):
    peer = matomo(host)
    connection = matomo.connect(host, "matomo", **settings)
    action = connection.destination.actions[name]
    events = [matomo.events[name]] * count
    outcomes = list(connection.deliver(action, events, mapping=matomo.mapping(action)))
    assert {each.kind for each in outcomes} == {"delivered"}
    return peer.requests


def text(value):
    return {name: f"{each}" for name, each in value.items()}


@pytest.mark.parametrize("name", ["track_event", "track_page_view", "track_order"])
def test_a_request_has_the_parameters_that_the_tracker_sends(host, name):
    [request] = tracked(host, name)
    body, sdk = request.json(), SDK[name]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    assert body["token_auth"] == module.TOKEN
    assert [text(each) for each in body["requests"]] == sdk["data"]


def test_a_goal_is_named_by_its_number(host):
    [request] = tracked(host, "track_goal")
    assert request.json()["requests"][0]["idgoal"] == 3


def test_two_hundred_events_are_a_batch(host):
    sizes = [len(each.json()["requests"]) for each in tracked(host, "track_event", 201)]
    assert sizes == [200, 1]


def test_a_server_may_be_in_a_folder_of_its_site(host):
    peer = matomo(host)
    host.stand_in("stats.example", peer)
    matomo.route(peer, "POST /matomo/matomo.php", matomo.answers[module.TRACK])
    connection = matomo.connect(host, "matomo", endpoint="https://stats.example/matomo")
    connection.perform(connection.destination.actions["track_event"], module.EVENT)
    assert peer.requests[0].path == "/matomo/matomo.php"


def test_goals_can_be_chosen(host):
    matomo(host)
    connection = matomo.connect(host, "matomo")
    assert connection.test() == "Acme"
    [goal] = connection.choices(connection.destination.actions["track_goal"], "goal").items
    assert (goal.value, goal.label) == (3, "Sign-up")


def test_a_token_that_is_none_is_told(host):
    matomo(host)
    with pytest.raises(AuthenticationError, match="Unable to authenticate"):
        matomo.connect(host, "matomo", token_auth="other").test()
