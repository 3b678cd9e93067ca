"""Each destination of the catalogue against the API that its documentation describes."""

import pytest

from portcall import Auth, Secret

from .exercising import deliver, exercised
from .packages import played

PLAYED = played()
each_package = pytest.mark.parametrize("package", PLAYED, ids=lambda each: each.slug)
each_answer = pytest.mark.parametrize(
    ("package", "documented"),
    [
        pytest.param(package, each, id=f"{package.slug}-{each.title}")
        for package in PLAYED
        for each in package.stand_in().documented
    ],
)


@each_package
def test_every_way_to_sign_in_delivers_with_every_action(package):
    for label, name, outcome in exercised(package).outcomes:
        assert (outcome.kind, outcome.reason) == ("delivered", ""), (label, name)


@each_package
def test_every_action_has_an_event(package, host):
    actions = host.destination(package.slug).actions
    assert {*actions} - {"delete"} == {*package.stand_in().events}


@each_package
def test_wrong_credentials_are_told_from_a_wrong_event(package, host):
    api = package.stand_in()
    api(host)
    for label, settings in api.settings.items():
        destination = host.destination(package.slug)
        secret = [f.name for f in destination.fields if f.type is Secret and f.name in settings]
        wrong = {name: f"{settings[name]}"[:-1] + "0" for name in secret}
        tokens = {n: f"{v}0" if n == "access_token" else v for n, v in api.auth.items()}
        connection = destination.connect({**settings, **wrong}, Auth(**tokens))
        name = next(iter(api.only.get(label, api.events)))
        [outcome] = deliver(connection, name, api.events[name])
        told = "delivered" if api.is_blind else "reauthorize"
        assert outcome.kind == told, (label, outcome)


@each_answer
def test_a_documented_answer_has_its_outcome(package, documented, host):
    api = package.stand_in()
    peer = api(host)
    answer = documented.answer
    answers = answer if isinstance(answer, list | tuple) else [answer]
    api.route(peer, documented.route, *answers)
    connection = api.connect(host, package.slug, **documented.settings)
    event = {**api.events[documented.action], **documented.event}
    outcomes = deliver(
        connection, documented.action, event, len(documented.outcomes), documented.mapping
    )
    assert [each.kind for each in outcomes] == [*documented.outcomes]
    for outcome in outcomes:
        if outcome.kind != "delivered":
            assert documented.reason in outcome.reason
    assert [*peer.requests], "nothing was sent"
